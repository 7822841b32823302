"""What the recommended item and a history item have in common."""

SHARED = """
LIKE:
    [just|much] like
    similar to | as with
    [just] as
    same as | the same as | along with | as in | in common with | together with

LIKEITEM:
    LIKE (ITEMS|ALLBACK) [itself|too]
    [just] as (is|was|are|were|does|do|has|have) ITEMS [itself]
    [just] as ITEMS (is|was|are|were|does|do|has|have) [too]

ALLBACK:
    both [of them|of these|of those]
    (these|those|the) two

SHARED:
    ITEM [, too ,] ISATTRIBUTE
    ITEMORBACK ISATTRIBUTE [,|;] [and] so (is|was|does|has) REC
    ITEMORBACK ISATTRIBUTE [,|;] and REC (is|was|does|has) (too|as well|also|likewise|one [too|as well])
    ITEMORBACK ISATTRIBUTE , a FIELD [(to|under|into) which] REC [also] (belongs|falls|comes)
        [to|under|into] [too]
    ITEM (belongs|falls|comes) (to|under|into) [the] (TOPICS|FIELDVALUES) , (to|under|into) which REC
        [also] (belongs|falls|comes) [too]
    ITEM ISATTRIBUTE , which REC (is|does|has) (too|as well|also)
    (as|just as|where|if|since) ITEM ISATTRIBUTE [,] so (is|does) REC
    not (just|only) ITEM [,] but [also] REC ISATTRIBUTE
    ITEM ISATTRIBUTE [,] [just] (as|like) [is|does|has] REC [is|does|too]
    ITEMORBACK [also] (shares|has|have) SHAREDVALUES [in common] with REC
    ITEMORBACK [also] (shares|has in common) with REC SHAREDVALUES
    MAKER (makes|made|sells|produces|is behind) BOTHREC
    with ITEMS [,] REC [also] (shares|has in common|has) SHAREDVALUES [in common]
    (LIKE (ITEMS|BACK|ALLBACK)|[just] as (is|does|has) ITEMS) [,] FULLATTRIBUTE
    FULLATTRIBUTE - LIKEITEM
    (YOU|we) [can|will] (find|list|file|class|classify|put) REC (with|alongside|next to|beside|together
        with) ITEMS (as|under|in|among)
        [the] (TOPICS|FIELDVALUES)
    (YOU|we) [can|will] (find|list|file|class|classify|put) BOTHREC (under|in|among) the same FIELD
        [,|:|-] ANYVALUES
    (ITS FIELDNAME|the FIELDNAME of REC) [,] ANYVALUES [,] is [also] (that of|the FIELD of|shared by|the
        same as that of) ITEM [too|as well]
    (ITS FIELDNAME|the FIELDNAME of REC) is [the] same as (that of|for) ITEM [,|:|-|OPEN] ANYVALUES [CLOSE]
    (ITS FIELDNAME|the FIELDNAME of REC) is ANYVALUES [,] ([and] so is|as is|[just] like|the same as) that
        of ITEM
    IT's FIELDNAME [,] ANYVALUES [,] is [also] (shared by|that of|the FIELD of) REC [too]
    MAKER , the FIELD of ITEM , is [also] the FIELD of REC
    BOTHREC : [both] ISA
    BOTHREC (sit|stand|come|fall|belong|go|are filed|are listed|are found|are) together (in|under|on|as)
        [the] (TOPICS|FIELDVALUES)
    (the|a|one) LINKNOUN (between|of|for) BOTHREC (is|:) [the] (FIELDVALUES|ANYVALUES)
    there is (a|one) LINKNOUN between BOTHREC [,|:|-] [namely] [the] (FIELDVALUES|ANYVALUES)
    there is (a|one) FIELD [that|which] SHAREDBY [,|:|-] [namely|and it is|and that is] ANYVALUES
    [the|one] (thing|feature|trait|point) [that|which] SHAREDBY is [the] (FIELDVALUES|ANYVALUES)
    [the] FIELDORVALUES is (the|a|one) LINKNOUN (between|of|for) BOTHREC
    [the] FIELDORVALUES is where BOTHREC (meet|come together|overlap)
    YOU [can|will] find [the] FIELDORVALUES in BOTHREC
    YOU [can|will] find [the] FIELDORVALUES in ITEM [,] [and] [YOU [can|will] find (it|that)] in REC
        [too|as well|also]
    [REGARDING (FIELD|the FIELD) [,]|in FIELD terms [,]] BOTHREC [both] (meet|agree|match|coincide|come
        together|are alike|are the
        same|are similar|go together|belong together|are filed together) (in|at|on|under|as|by) [the]
        (TOPICS|FIELDVALUES)
    [REGARDING (FIELD|the FIELD) [,]|in FIELD terms [,]] (BOTHREC (are|match|are alike|agree)|REC is like
        ITEM) [,|:|-] [both are] VALUES
    FULLATTRIBUTE , [which is] [also] (the FIELD of ITEM|TITLE's FIELD)
    REC , LIKEITEM , ISATTRIBUTE
    FULLATTRIBUTE [,] LIKEITEM
    FULLATTRIBUTE [,|;|.|-] [and] so (is|are|was|were|does|do) ITEMS
    FULLATTRIBUTE [,|;|and] [,] ITEMS (is|are|was|were) (too|as well|also one|one too|likewise)
    BOTHREC [both|also|each] ISATTRIBUTE
    BOTHREC [both|also|each] (share|have) SHAREDVALUES [in common]
    BOTHREC [both] (share|have|carry|bear|belong to|fall into|fall under|come under) (the same|a|one|a
        common) FIELD [in common] [,|:|;|-|OPEN]
        [namely] ANYVALUES [CLOSE]
    BOTHREC (BE|come) [both] (of|in|from|by) the same FIELD [,|:|-|OPEN] [namely] ANYVALUES [CLOSE]
    BOTHREC BE (of|in|from) the same FIELDVALUES
    [the] FIELDORVALUES BE (common to|shared by|[the|a|one] [common|shared] FIELD [of|for|common to|shared
        by]) BOTHREC
    [the] FIELDORVALUES BE (the|a|one) FIELD of (REC and [also] of ITEM|ITEM and [also] of REC)
    [the] FIELDORVALUES BE (the|a|one) FIELD of (REC as well as [of] ITEM|ITEM as well as [of] REC)
    [the] FIELDORVALUES BE (what|something|one|(the|a|one) [common|shared] FIELD) [that|which] SHAREDBY
    [the] FIELDORVALUES LINKED
    [the] FIELDORVALUES FITS BOTHREC [alike]
    the same FIELD [label|name] [,] ANYVALUES [,] (is on|FITS) BOTHREC
    (the|a|one) [common|shared] FIELD (shared by|common to|of|that links|linking|in|for) BOTHREC (is|:)
        [the] ANYVALUES
    in BOTHREC [,] the FIELD is ANYVALUES
    what LINKED is [the] (FIELDVALUES|ANYVALUES)
    (BOTHREC|REC and ITEM) BE LINKEDBY [by|through|via] [the] (TOPICS|FIELDVALUES)
    BOTHREC [both] overlap in [the] (TOPICS|FIELDVALUES)
    in [its] FIELD [,] REC (matches|is like|resembles) ITEM [,|:|-] [both are] ANYVALUES
    both [KINDS|of these|of them] ISATTRIBUTE (:|-|,) (ITEM (and|as well as) REC|REC (and|as well as) ITEM)
    [(YOU|we) [can|will]] (you'll find|find|list|file|class|classify) BOTHREC [both] [LISTED]
        (under|in|among|as) [the] (TOPICS|FIELDVALUES) [INSHOP]
    [the] FIELDORVALUES is (what|the FIELD [that|which]) LINKED
    [the] same FIELD [,|:|OPEN] ANYVALUES [CLOSE] ASBEFORE
    what SHAREDBY is [the] (FIELDVALUES|ANYVALUES)
    (the|one|a) FIELD [that|which] SHAREDBY is ANYVALUES

LINKED:
    (links|connects|joins|ties|unites) (BOTHREC|REC (to|with|and) ITEMORBACK|ITEMORBACK (to|with|and) REC)

LINKNOUN:
    link | connection | tie | bond | common ground | common point | overlap | common thread | shared trait

LINKEDBY:
    (linked|connected|joined|tied|united|related) [together]

SHAREDBY:
    BOTHREC [both] (share|have in common|have)
    REC (shares|has in common) with ITEMORBACK
    ITEMORBACK (shares|has in common) with REC

THERE:
    there

SHARES:
    [is|was] [also] LISTED THERE [TOO|ALSO]
    [also] (shares|sharing) SHAREDVALUES with (ITEMS|BACK|ALLBACK) [[,] and [also] with ITEMS]
    (has|having|shares|sharing) (a|its|the same) CATEGORY [in common] with (ITEMS|BACK) (,|:|-|OPEN|;)
        [namely] ANYVALUES [CLOSE]
    [also] (shares|sharing) [the|a|its] CATEGORY with (ITEMS|BACK) [,|:|-|OPEN|;] [namely|both are|which
        is] [ANYVALUES] [CLOSE]
    [also] (shares|sharing) (its|the|that) (FIELDVALUES|VALUES) ASBEFORE
    (shares|sharing) with (ITEMS|BACK) SHAREDVALUES
    (shares|sharing|has|having) THATFIELD [in common] with ITEMS
    (joins|accompanies) ITEMS (in|under|among|on) [the] (TOPICS|FIELDVALUES)
    (sits|stands|belongs|is|goes|comes|falls) [LISTED] (beside|with|next to|alongside|together with|along
        with) ITEMS
        (in|under|as|among|on) [the] (TOPICS|FIELDVALUES)
    [is] LISTED (under|as|in) [the] (TOPICS|FIELDVALUES) [,] (beside|next to|alongside|together with|along
        with) ITEMS
    BE sold under the same brand as ITEMS [,|:] MAKER
    BE LINKEDBY (to|with) ITEMS (by|through|via) [the] (TOPICS|FIELDVALUES)
    (overlaps|overlapping) with ITEMS in [the|its] (VALUES|FIELDVALUES|FIELD [:|,] ANYVALUES)
    BE similar to ITEMS in (that both are [AN] VALUES|being ISA|[its] FIELD [,|:|-] ANYVALUES|FIELDVALUES)
    SAMEFIELD [,|:|OPEN] [namely] ANYVALUES [CLOSE] ASBEFORE
    SAMEVALUES ASBEFORE
    [also] (shares|sharing) TITLEOWNS FIELD [,|:|-|OPEN|of] [namely] ANYVALUES [CLOSE]
    [also] (has|having|with) (SHAREDVALUES|FIELD VALUES) in common with (ITEMS|BACK|ALLBACK)
    [also] (has|having) in common with (ITEMS|BACK) SHAREDVALUES
    SAMEFIELD as (ITEMS|BACK) [,|:|-|;|OPEN] [namely|both are|which is|that is|i.e.] [ANYVALUES] [CLOSE]
    SAMEFIELD [,] [OPEN] [namely] ANYVALUES [CLOSE] [,] as (ITEMS|BACK)
    SAMEVALUES as (ITEMS|BACK)
    (resembles|is like|resembling) ITEMS in (being ISA|[its] FIELD [,|:|-] ANYVALUES|FIELDVALUES)
    (matches|matching) ITEMS (in|by) [its] FIELD [,|:|-] ANYVALUES
    [also] (matches|matching) TITLEOWNS FIELD [,|:|-|of] ANYVALUES

THATFIELD:
    [that|this] [same] FIELD

SAMEFIELD:
    [also] (has|having|with|shares|sharing) the [very] same CATEGORY
    [also] (is|was|comes|falls|belongs|belonging|sits) [also] [in|of|to|into|from|under|by] the [very]
        same CATEGORY
    (in|of|from|by) the same CATEGORY
    [the] same CATEGORY

SAMEVALUES:
    [also] (is|was|comes|falls|belongs|has|shares|having|sharing) [in|of|to|into|from|under] the [very]
        same FIELDVALUES
    (in|of|from) the same FIELDVALUES

ASBEFORE:
    []

TITLEOWNS:
    TITLE's
    its

SAYSSHARED:
    SHARES [TOO]
    ISATTRIBUTE [,] LIKEITEM [,]
    ISATTRIBUTE OPEN LIKEITEM CLOSE
    ISATTRIBUTE , (a|the|one) FIELD [that|which] [REC] [also] (shares|has in common) with ITEMS
    ISATTRIBUTE , [(a|the|one) FIELD] [also] (shared with|shared by|common to|held by|found in) ITEMS
        [too|as well]
    ISATTRIBUTE , (a|the|one) FIELD [that|which] ITEM [also] (has|shares|belongs to|is in) [too|as well]
    ISATTRIBUTE , (which|as|where) ITEM [also] (is|does|has|belongs|falls|sits|stands|goes|comes)
        [also|too|as well]
    ISATTRIBUTE , (which|and that) [is|it|REC] [also] (shares|has in common) with ITEMS
    ISATTRIBUTE , which is [also] shared (by|with) ITEMS
    [is|was|comes|coming] [made|published|sold] (by|from) [the brand] MAKER , (which|who|the FIELD that) also
        (makes|made|sells|produces|is behind) ITEM
    ISATTRIBUTE , which is [also] (the|a|one) FIELD of ITEM
    ISATTRIBUTE , [which is] the same as (that of|for|in) ITEM
    [is] , LIKEITEM , ISATTRIBUTE
    (is|was|has) , [also] LIKEITEM , (ISA|FIELDVALUES|the FIELDVALUES|LISTED (under|as|in) [the]
        (TOPICS|FIELDVALUES))
    (belongs|falls|comes|is|was|fits) , LIKEITEM , (to|under|into|in|from|of) [the]
        (VALUES|FIELDVALUES|MAKER)
    ISATTRIBUTE , [which is] [also] (the FIELD of ITEM|TITLE's FIELD)
    [is|as] another [NOUN] (of|from|in|by|under) (that|the same) CATEGORY ASBEFORE

BOTHREC:
    [both] REC and ITEM
    [both] ITEM and REC
    REC as well as ITEM
    ITEM as well as REC
    [both|the two] KINDS [,] (REC and ITEM|ITEM and REC) [,]
    [both] (BACK and REC|REC and BACK)
    BOTHBACK

BOTHBACK:
    both [of them|KINDS]
    they [both]
    the two [KINDS|of them]
"""
