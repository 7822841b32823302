"""What the recommended item is."""

ATTRIBUTES = """
VALUES:
    VALUE [VALUESEP VALUES]

TOPICS:
    TOPIC [VALUESEP TOPICS]

VALUESEP:
    , and | , | and | as well as | / | &
    and AN
    -

FROMYEAR:
    (from|of|dating from|dated|hailing from|out of) [the year] YEAR
    [first|originally] [that|which] [was] (released|made|published|produced|issued|launched) in [the year]
        YEAR
    [that|which] (came out|appeared) in [the year] YEAR

ISTAIL:
    [,] FROMYEAR [[,] [and] MODIFIER]
    [,] MODIFIER [[,] [and] FROMYEAR]
    OPEN [from] YEAR CLOSE [MODIFIER]

MODIFIER:
    (by|from) [the brand] MAKER
    (in|from|within|under|with|belonging to) [the|a] FIELDVALUES
    [that is|which is|that's|and] LISTED (under|as|in) [the] (TOPICS|FIELDVALUES) [INSHOP]

ISA:
    (one of|among) (the|our) [YEAR] VALUES KINDS
    one [that is] LISTED (under|as|in) [the] (TOPICS|FIELDVALUES)
    [AN|the|both AN] [YEAR] VALUES [NOUN|KINDS] [ISTAIL]
    [AN] YEAR (NOUN|KINDS)
    [AN] [YEAR] (NOUN|KINDS) ISTAIL
    [AN] (THING|KINDS) FROMYEAR (in|of|with|from) [the|a] FIELDVALUES
    [AN] [YEAR] (THING|KINDS) of [the|a] FIELDVALUES [ISTAIL]
    [AN] [YEAR] (NOUN|KINDS) [that|which] [BE] LISTED (under|as|in) [the] (TOPICS|FIELDVALUES) [INSHOP]
    AN (piece|work|example|slice) of VALUES [ISTAIL]
    [AN] YEAR (piece|work) of VALUES

ATTRIBUTE:
    REGARDING [its|the] FIELDNAME [,] (REC ISATTRIBUTE|ITIS [also] (ISA|PLACED))
    ITIS [also] (ISA|PLACED)
    [one of] ITS FIELDNAME [is|are|was|include|includes|being|reads|says] [also] ANYVALUES
    (the|a|one|one of the|another) FIELDNAME [listed|given|recorded] (of|for|behind) REC
        (is|are|was|include|includes|reads|says)
        [also] ANYVALUES
    as (a|its) FIELDNAME [,] REC has ANYVALUES
    (FIELD - wise|in FIELD terms|in FIELD|by FIELD) [,] REC (ISATTRIBUTE|PLACED)
    (under|in|among) [the] (TOPICS|FIELDVALUES) [,] [FROMYEAR ,] (YOU|we|you'll) [can|will|may] find REC
    with REC WE [now] (turn|go back|go|return|come) to [the year] YEAR , [the year] when REC RELEASED
    among (ITS FIELDNAME|the FIELDNAME of REC) (YOU|we) [can|will] find ANYVALUES
    (the|our) (catalogue|catalog|shop|store) (gives|lists|has|names|records) ANYVALUES as (a|the|one)
        FIELDNAME of REC
    the year was YEAR when REC RELEASED
    for REC [,] (the|our) FIELDNAME [listing|entry|label|field] (is|says|reads|gives) [also] ANYVALUES
    (look up|check|browse|find) REC by FIELD and (you will|you'll) find IT [LISTED] (under|in|among|as)
        TOPICS
    (if|when) YOU (look up|check) the FIELDNAME of REC [,] YOU [will] find ANYVALUES
    (the|its) (maker|company|manufacturer) [(of|behind) REC] is MAKER
    (the release of REC|its release) (took place in|came in|was in|is in|is from|was from|dates from|dates
        to|dates back to) [the year] YEAR
    among (ITS FIELD|the FIELD of REC) (is|are) ANYVALUES
    OMITTED [the] FIELDNAME [is|here is] [:|-] ANYVALUES
    in [the year] YEAR [,] (REC RELEASED|(came|appeared) REC)
    [the] FIELDORVALUES BE [ASLISTED] [one of|among] (ITS FIELDNAME|(the|a|one) FIELDNAME [ASLISTED]
        (of|for) REC)
    [the] FIELDORVALUES BE (how|what) REC BE LISTED [as|under]
    [the] FIELDORVALUES BE ASLISTED [for|in|on] REC
    [the] FIELDORVALUES FITS REC
    [it was [in]] [the year] YEAR [is|was] (when|that) REC RELEASED
    (its release date|the release date of REC) (is|was) YEAR
    not only BE REC (ISA|LISTED (under|as|in) TOPICS)
    MAKER (makes|made|sells|produces|is behind) REC
    [the year] YEAR (is|was) the year [in which|when|that] REC RELEASED [in]
    the year [in which|when|that] REC RELEASED (is|was) YEAR
    [the year] YEAR (saw|brought|marks|marked|is|was|is the date of|was the date of) the release of REC
    [(YOU|we) [can|will]] (you'll find|find|list|file|class|classify|have|put) REC [LISTED]
        (under|in|among|as|within) [the] (TOPICS|FIELDVALUES) [INSHOP]
    (our|the) (catalogue|catalog|shop|store) (lists|files|has|puts|classes|classifies|tags|labels) REC
        (under|in|among|as|with|within) [the] (TOPICS|FIELDVALUES)

REGARDING:
    in the matter of | in terms of | as to | as for | as far as | regarding | concerning | with regard to
        | when it comes to
        | by

FITS:
    (applies|apply|belongs|belong) to
    (covers|includes|contains|describes|fits|suits|marks)
    (is|are) (attached to|given to|applied to|true of|found in|seen in|shown for|listed for)
    (holds|hold) for
    appears in | appear in | features in | can be found in | goes with

ASLISTED:
    (listed|given|named|recorded|registered|shown) [as]

RELEASED:
    was [first|originally] (released|made|published|produced|issued|launched|shown)
    came out | appeared | premiered | debuted | first appeared

ITIS:
    it's

FULLATTRIBUTE:
    REC ISATTRIBUTE
    ATTRIBUTE
    OMITTED (ISATTRIBUTE|ISA)

ITS:
    IT's
    this NOUN's
    OWNTITLE's

IT's:
    its
    the (film|movie|book|product|item)'s

ANYVALUES:
    VALUES
    YEAR

FIELDNAME:
    [release|publication] FIELD [label|tag|name|entry|listing]
    FIELD of (release|publication)

CATEGORY:
    [release|publication] FIELD
    category | categories | section

LABEL:
    name | label | tag | category | heading | shelf | group | section | rack | aisle | listing | bracket
        | department | class | list

FIELDVALUES:
    CATEGORY [LABEL] [of|,|:] ANYVALUES [,]
    VALUES (CATEGORY [LABEL]|LABEL)
    CATEGORY OPEN ANYVALUES CLOSE
    LABEL [of|:] VALUES

FIELDORVALUES:
    ANYVALUES
    FIELDVALUES

ONSHELF:
    (goes|sits|stands|belongs|is|is one|going|standing|sitting) (on|in|with|for) the VALUES LABEL

ISATTRIBUTE:
    ONSHELF
    BE [ALSO] ISA [TOO]
    [ALSO] PLACED [TOO]
    (as|being) (ISA|PLACED)

SAYSATTRIBUTE:
    ISATTRIBUTE
    (whose FIELDNAME|the FIELDNAME of which) (is|was|are|were) [also] ANYVALUES

PLACED:
    (has|have|having|with|carries|carry|carrying|bears|bear|bearing|wears|wearing|takes|gets|holds)
        [the|a] FIELDVALUES
    (has|have|having|with) [the] ANYVALUES (as|among) (its|a|one of its|their|one of their)
        [common|shared] FIELDNAME
    [BE] [ALSO] (in|under) TOPICS
    [BE|can be] [ALSO] found (under|in|among) [the] (TOPICS|FIELDVALUES) [INSHOP]
    [BE] [ALSO] (tagged|labelled|labeled|marked) TOPICS
    (has|have|with) [AN] FIELD of ANYVALUES
    [BE] [ALSO] (in|of|from|within|under|part of) [the|a] FIELDVALUES
    (belongs|belong|belonging) [ALSO] (to|in|under) [the] (TOPICS|FIELDVALUES)
    [BE] [ALSO] (assigned|allotted) to [the] (TOPICS|FIELDVALUES)
    (falls|fall|falling|comes|come|coming|fits|fit|sits|sit|sitting|goes|go) [ALSO] (under|into|within|in)
        [the] (TOPICS|FIELDVALUES)
    (counts|count|counting|qualifies|qualify) as [AN] VALUES [KIND|KINDS]
    [BE] [ALSO] [first|originally] (from|released in|made in|published in|produced in|issued in|out in|
        out of|dated|of) [the year] YEAR
    [having] [first] (came|come|comes|coming) [first] (from|out in|out of|out back in|out first in) [the
        year] YEAR
    (dates|date|dating|hails|hail|hailing|dated|goes|go|going) (from|back to) [the year] YEAR
    [has been|have been|been|is] out since [the year] YEAR
    [first|originally] (appeared|debuted|premiered) in [the year] YEAR
    (saw|had) its (release|premiere|debut) in [the year] YEAR
    (was|were) [first] (put out|new|first seen|first shown|brought out) in [the year] YEAR
    [first] (reached|hit|entered) [the] (viewers|screens|screen|cinemas|shops|market|public|shelves) in
        [the year] YEAR
    has (its|a) place (under|in|among) [the] (TOPICS|FIELDVALUES)
    [BE] of the VALUES (kind|type|sort|variety)
    [BE] sold under the brand [name] MAKER
    [BE] [ALSO] [made|sold] by [the brand] MAKER
    [BE|comes|come|coming] [ALSO] from [the brand] MAKER
    [BE] [ALSO] LISTED [ALSO] (under|as|in|with|among|within) [AN|the] (TOPICS|FIELDVALUES) [KIND|KINDS]
        [INSHOP]

LISTED:
    listed | filed | categorised | categorized | classed | classified | labelled | labeled | tagged |
        catalogued | shelved | described | marked | grouped | placed | sorted | counted

INSHOP:
    (in|by) (the|our|this) (catalogue|catalog|shop|store)

SAYSANOTHER:
    [is|was|as] [also] another [YEAR] VALUES [NOUN] [ISTAIL]
    [is|was|as] [also] another [one|NOUN] (in|from|of|under|with) [the] FIELDVALUES [ISTAIL]
    [is|was|as] [also] another (one|NOUN) [that is|which is] LISTED (under|as|in) [the]
        (TOPICS|FIELDVALUES) [ISTAIL]
    [is|was|as] [also] another (one|NOUN) (by|from|made by) [the brand] MAKER
"""
