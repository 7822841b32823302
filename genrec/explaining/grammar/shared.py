"""What the recommended item and a history item have in common."""

SHARED = """
LIKE:
    [just|much] like
    similar to | as with
    [just] as
    same as | the same as | along with | as in

SHARED:
    ITEM (is|was) [also|itself] (ISA [TOO]|(in|of|from) [the] FIELDVALUES)
    ITEM (is|was) [also|itself] ISA [,|;] and REC (is|was) (too|as well|also|one [too|as well])
    ITEM [also] (shares|has|have) [the|a|its] (FIELDVALUES|VALUES) [in common] with REC
    with ITEMS , REC [also] (shares|has in common) [the|a] (FIELDVALUES|VALUES)
    LIKE (ITEMS|BACK) , FULLATTRIBUTE
    FULLATTRIBUTE , which is [also] (the FIELD of ITEM|TITLE's FIELD)
    REC , LIKE ITEMS , ISATTRIBUTE
    FULLATTRIBUTE [,] LIKE ITEMS
    FULLATTRIBUTE [,|;|.|-] [and] so (is|are|was|were|does|do) ITEMS
    FULLATTRIBUTE [,] [just] as (is|was|are|were|does|do) ITEMS
    FULLATTRIBUTE [,] [just] as ITEMS (is|was|are|were|does|do)
    FULLATTRIBUTE [,|;|and] [,] ITEMS (is|are|was|were) (too|as well|also one|one too)
    ITEM (is|was) [also|itself] ISA [TOO] [,] and so (is|was) REC
    ITEM (is|was) [also|itself] ISA [,] [just] (as|like) [is] REC [is|too]
    BOTHREC (are|were) [both|also|each] PLURALISA [TOO]
    BOTHREC (are|were) [both|also]
        (classed|classified|listed|filed|labelled|tagged|categorised|categorized) (as|under|in) [the]
        (VALUES|FIELDVALUES|FIELD VALUES)
    BOTHREC [both|also|each] (share|have|belong to|come from|fall into|fall under|come under) [the|a]
        (FIELDVALUES|VALUES) [in common]
    BOTHREC [both] (date from|come from|came out in) [the year] YEAR
    BOTHREC (share|have) the same FIELD [,|:|;|-|OPEN] [namely] ANYVALUES [CLOSE]
    BOTHREC (have|share) (ANYVALUES|FIELDVALUES) as their [common|shared] FIELD
    BOTHREC (are|were) (of|in|from) the same FIELD [,|:|-|OPEN] [namely] ANYVALUES [CLOSE]
    BOTHREC (are|were) (of|in|from) the same FIELDVALUES
    [the] (FIELDVALUES|VALUES) is (common to|shared by|the FIELD of) [both] BOTHREC
    [the] FIELDVALUES is what (links|connects|joins) [both] BOTHREC
    what BOTHREC have in common is [the] (FIELDVALUES|VALUES)
    [the] FIELD that BOTHREC share is ANYVALUES
    the FIELD of both [BOTHREC] is ANYVALUES

SHARES:
    [also] (shares|sharing) [the|a|its|that|their] (FIELDVALUES|VALUES) with (ITEMS|BACK)
    [also] (shares|sharing) [the|a|its] CATEGORY with (ITEMS|BACK) [,|:|-|OPEN|;] [namely|both are|which
        is] [ANYVALUES] [CLOSE]
    [also] (shares|sharing) (its|the|that) (FIELDVALUES|VALUES) ASBEFORE
    (shares|sharing) with (ITEMS|BACK) [the|its] (FIELDVALUES|VALUES)
    SAMEFIELD [,|:|OPEN] [namely] ANYVALUES [CLOSE] ASBEFORE
    SAMEVALUES ASBEFORE
    [also] (shares|sharing) TITLEOWNS FIELD [,|:|-|OPEN|of] [namely] ANYVALUES [CLOSE]
    [also] (has|having|with) [the] (FIELDVALUES|VALUES|FIELD VALUES) in common with (ITEMS|BACK)
    [also] (has|having) (in common with) ITEMS [the] (FIELDVALUES|VALUES)
    SAMEFIELD as (ITEMS|BACK) [,|:|-|;|OPEN] [namely|both are|which is|that is|i.e.] [ANYVALUES] [CLOSE]
    SAMEFIELD [,] [OPEN] [namely] ANYVALUES [CLOSE] [,] as (ITEMS|BACK)
    SAMEVALUES as (ITEMS|BACK)
    (matches|matching) ITEMS (in|by) [its] FIELD [,|:|-] ANYVALUES
    [also] (matches|matching) TITLEOWNS FIELD [,|:|-|of] ANYVALUES

SAMEFIELD:
    [also] (has|having|with|shares|sharing) the [very] same CATEGORY
    [also] (is|was|comes|falls|belongs|belonging|sits) [also] [in|of|to|into|from|under] the [very] same
        CATEGORY
    (in|of|from) the same CATEGORY
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
    ISATTRIBUTE [,] LIKE ITEMS
    [is] , LIKE ITEMS , ISATTRIBUTE
    ISATTRIBUTE [,] as (is|was|are) ITEMS

BOTHREC:
    [both] REC and ITEM
    [both] ITEM and REC
    BOTHBACK

BOTHBACK:
    both [of them|KINDS]
    they [both]
    the two [KINDS|of them]

PLURALISA:
    [AN] VALUES [KIND|KINDS] [from YEAR]
    (from|released in|made in) [the year] YEAR
    by MAKER
    (in|of|from) [the] FIELDVALUES
    KINDS (in|of|from) [the] FIELDVALUES
"""
