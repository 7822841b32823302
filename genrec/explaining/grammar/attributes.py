"""What the recommended item is."""

ATTRIBUTES = """
VALUES:
    VALUE [VALUESEP VALUES]

VALUESEP:
    , and | , | and | as well as | / | &
    and AN
    -

INYEAR:
    [back] in [the year] YEAR
    [the year] YEAR

FROMYEAR:
    (from|of|dating from|dated|hailing from|out of) [the year] YEAR
    [first|originally] [that|which] [was] (released|made|published|produced|issued|launched) in [the year]
        YEAR
    [that|which] (came out|appeared) in [the year] YEAR

ISTAIL:
    [,] FROMYEAR
    by MAKER
    OPEN [from] YEAR CLOSE

ISA:
    [AN|the|both AN] [YEAR] VALUES [NOUN] [ISTAIL]
    [AN] YEAR NOUN
    [AN] NOUN ISTAIL
    AN [YEAR] NOUN (in|of|from|within|under|with|belonging to) [the|a] FIELDVALUES [ISTAIL]
    AN (piece|work|example|slice) of VALUES [ISTAIL]
    [AN] YEAR (piece|work) of VALUES

ATTRIBUTE:
    ITIS [also] (ISA|PLACED)
    ITS FIELDNAME (is|are|include|includes|being) [also] ANYVALUES
    the FIELDNAME (of|for) REC (is|are|include|includes) [also] ANYVALUES
    OMITTED [the] FIELDNAME [is|here is] [:|-] ANYVALUES
    in [the year] YEAR [,] REC (was (released|made|published|produced)|came out|appeared|premiered)
    ANYVALUES (is|are) (ITS FIELD|the FIELD of REC)

ITIS:
    it's

FULLATTRIBUTE:
    REC ISATTRIBUTE
    ATTRIBUTE
    OMITTED ISATTRIBUTE
    OMITTED ISA

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
    [release|publication] FIELD
    FIELD of (release|publication)

CATEGORY:
    FIELD
    category | categories | section

FIELDVALUES:
    CATEGORY [of|,|:] ANYVALUES [,]
    VALUES CATEGORY
    CATEGORY OPEN ANYVALUES CLOSE

ISATTRIBUTE:
    (is|was) [also|itself] ISA [TOO]
    [also] PLACED [TOO]
    (as|being) ISA

SAYSATTRIBUTE:
    ISATTRIBUTE

PLACED:
    (has|having|is in|is of|belongs to|belonging to|is part of|in|of|is also in|is from|with|sits in|sits
        within|is within|is under) [the|a] FIELDVALUES
    has [the] ANYVALUES as its FIELD
    (has|with) [AN] FIELD of ANYVALUES
    [is|was] [also] [first|originally] (from|released in|made in|published in|produced in|issued in|out
        in|out of|dated|of) [the year] YEAR
    (came|comes) (from|out in) [the year] YEAR
    (dates|dating|hails|hailing) (from|back to) [the year] YEAR
    [first|originally] (appeared|debuted|premiered) in [the year] YEAR
    [is|was] [also] [made|published] by MAKER
    [is] [also]
        (listed|filed|categorised|categorized|classed|classified|labelled|labeled|tagged|catalogued|shelved|described)
        (under|as|in|with|among) [AN|the] (VALUES|FIELDVALUES) [KIND]
    [is] [also] (listed|filed|classed|classified|catalogued) under [the] CATEGORY ANYVALUES
    (falls|comes|falling|fits|sits) (under|into|within|in) [the] (VALUES|FIELDVALUES)
    counts as AN VALUES

SAYSANOTHER:
    [is|was|as] [also] another [YEAR] VALUES [NOUN] [ISTAIL]
"""
