"""Who and what: the user, the recommended item, history items, and what is told of them in passing."""

NAMES = """
YOU:
    you
    (the|this|our) PERSON

YOUR:
    your
    (the|this) PERSON's
    their

PERSON:
    user | customer | viewer | reader | shopper | member

PERSON's:
    user's | customer's | viewer's | reader's | shopper's | member's

HAVE:
    have | has | had

KIND:
    film | movie | item | book | product | title | picture | feature | work | release

KINDS:
    films | movies | items | books | products | titles | pictures | features | works | releases

NOUN's:
    film's | movie's | item's | book's | product's | title's | recommendation's | suggestion's

NOUN:
    THING
    one

THING:
    KIND
    choice | pick | recommendation | suggestion | selection | motion picture | piece | entry

TOO:
    too | as well | also | likewise | itself | , too | , likewise

ALSO:
    also | itself | likewise | equally | similarly | in turn | both | each
    , (also|too|likewise|in turn) ,

BE:
    is | was | are | were | has been | have been

AN:
    a | an

REC:
    THIS
    IT
    SAYREC
    LATTER
    FORMER

LATTER:
    the (latter|second) [KIND|one|of these|of the two]

FIRSTITEM:
    the (former|first) [KIND|one|of these|of the two]

SECONDITEM:
    the (latter|second) [KIND|one|of these|of the two]

FORMER:
    the (former|first) [KIND|one|of these|of the two]

THIS:
    this [recommended|suggested] [NOUN]
    (the|our|my) (recommended|suggested) NOUN
    (our|my) NOUN
    (this|the) SAYSKIND [ABOUT]
    this [recommended|suggested] [NOUN] ABOUT
    this (SAYSFROM|SAYSFOUNDBY)
    (my|our|your|today's) [next|top|first] (pick|recommendation|suggestion|choice)

IT:
    it
    the (film|movie|book|product|item)
    that one

SAYREC:
    [(the|our|your|this) [recommended|suggested] NOUN] OWNTITLE
    [the KIND] OWNTITLE ABOUT
    (this|our|my|the) [recommended|suggested|next] NOUN [FORYOU] (,|:|is|-) OWNTITLE [,]
    OWNTITLE , (our|my|the) [recommended|suggested|next] NOUN [FORYOU] ,
    the SAYSKIND [,] OWNTITLE [,]
    AN SAYSKIND [,|:] [called|titled|named] OWNTITLE [,]

ABOUT:
    , [(which|that)] PREDICATES [,]
    , [AN NOUN] (which|that) SAYSWHICHMANY [,]
    , AN NOUN (which|that) PREDICATES [,]
    , SAYSANOTHER [,]
    OPEN SAYSNAMED CLOSE
    - (APPOSED|SAYSYEAR) -
    , APPOSED [,]
    OPEN (APPOSED|PREDICATES|SAYSYEAR) CLOSE
    - APPOSED -
    , APPOSED [,] (that|which|and) (PREDICATES|SAYSWHICHMANY) [,]

APPOSED:
    SAYSISA

SAYSISA:
    [also|itself] ISA [TOO]

SAYSYEAR:
    YEAR
    VALUES [,|/|;] YEAR
    [from] YEAR [,|/|;] VALUES
    from YEAR

SAYSFROM:
    NOUN ISTAIL
    NOUN of [the|a] FIELDVALUES

SAYSKIND:
    [YEAR] VALUES [NOUN] [ISTAIL]
    YEAR NOUN

ITEM:
    NAME
    NAME [,|OPEN|-] ASIDE [,|CLOSE|-]
    the [KIND] TITLE [that|which] YOULIKED
    YOUR [EARLIER] DEED [,|:|of] NAME [,]
    NAME [,|OPEN|-] (which|that) ISATTRIBUTE [,] ([just] (as|like) (does|is|has) REC|[just] as REC
        (does|is|has) [too]|[just] like REC) [,]
    NAME , [AN NOUN] (which|that) [,] [just] like REC [,] ISATTRIBUTE [,]
    NAME , (which|that) ISATTRIBUTE , and so (is|does|has) REC [,]
    AN VALUES [NOUN] , NAME [,]
    NAME , which [also] has SHAREDVALUES in common with REC [,]
    NAME , which [also] (belongs|falls|comes) (to|under|into) the same FIELDVALUES as REC [,]
    NAME [,] [also|itself] (from|by|of) [the brand] MAKER [,]
    NAME , (also|itself|likewise) (in|of|from|under|LISTED (under|as|in)) [the|a] (FIELDVALUES|TOPICS) [,]
    NAME , [which (is|was|comes)] [also] (from|by|of|in) the same FIELD [as REC|,|:|OPEN] ANYVALUES
        [CLOSE] [,]
    NAME , another [YEAR] VALUES [NOUN] [,]
    NAME , AN NOUN (that|which) [also] shares SHAREDVALUES with REC [,]
    NAME , with which REC [also] (shares|has) SHAREDVALUES [in common] [,]
    NAME , (whose FIELDNAME|the FIELDNAME of which) (is|was) [also] ANYVALUES [,]
    NAME , whose FIELDNAME [,] ANYVALUES [,] ((is|was) [also] that of REC|REC [also] (shares|has)) [too] [,]
    NAME , (whose FIELDNAME|the FIELDNAME of which) [,] ANYVALUES [,] (is|was) [also] (the FIELDNAME of
        REC|ITS FIELDNAME|shared by REC) [,]
    NAME [,|OPEN] INHISTORY [,|CLOSE]
    NAME , (also|itself) ISA [,]
    NAME , ISA [TOO] [[,] (like|as is) REC] [,]
    NAME OPEN [also|itself] ISA [TOO] CLOSE
    NAME [,] (which|that) [also] shares (SHAREDVALUES with REC|with REC SHAREDVALUES) [,]
    [just] (a|the|another|one) [VALUES] [KIND|one] [that|which] YOULIKED [,|:|-|OPEN] NAME [,|-|CLOSE]

ASIDE:
    (which|that) ISATTRIBUTE [and (which|that) YOULIKED]
    (which|that) [is|was] [also] LISTED THERE [TOO]
    (which|that) YOULIKED [and (which|that) (ISATTRIBUTE|shares SHAREDVALUES with REC)]
    (which|that) [also] shares (its|the same) FIELD [,|:|-|of|OPEN] ANYVALUES [CLOSE] [with REC]
    [(which|that) (is|was|has been)] ONEYOULIKED

ONEYOULIKED:
    (something|one) [that|which] YOULIKED
    [also] (a|an|another|the|one) (VALUES [NOUN]|NOUN|favourite) [that|which] YOULIKED
    [one] (of|among) LIKEDKINDS
    [ADVERB] VERB by YOU
    [also] YOUR [EARLIER] DEED
    [also] (a|an|another|one) [EARLIER] DEED of (yours|YOU)
    one of YOUR [EARLIER] DEED

EARLIER:
    past | previous | earlier | recent | own

SHAREDVALUES:
    [the|a|its|that|their|this|one|the [very] same] (FIELDVALUES|VALUES)

SAYSNAMED:
    [the|a] FIELDVALUES

INHISTORY:
    (a|another|one) [VALUES] NOUN (in|from|of) YOUR HISTORYWORD
    (which|that) is in YOUR HISTORYWORD
    (in|from) YOUR HISTORYWORD

YOULIKED:
    YOU [HAVE] [ADVERB] VERB [ADVERB]
    you've [ADVERB] VERB [ADVERB]
    YOU (TO-VERB|do TO-VERB|did TO-VERB)
    YOU [HAVE] (put|placed|added) CARTTAIL

ADVERB:
    also | previously | already | before | earlier | too | as well | in the past | once

NAME:
    [the KIND] TITLE
    the VALUES [KIND] TITLE

ITEMS:
    ITEM [ITEMSEP ITEMS]
    both ITEM and ITEM

ITEMSEP:
    , and | , | and | as well as | & | and also

BACK:
    it | that
    that (film|movie|book|item|title|one)

ITEMORBACK:
    ITEM
    BACK
"""
