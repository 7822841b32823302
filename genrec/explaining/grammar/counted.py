"""How many others did something: co-occurrence, popularity and neighbours."""

COUNTED = """
PEOPLE:
    [fellow] CROWD [(besides|apart from|other than|aside from|in addition to) YOU]
    those

CROWD:
    people | users | viewers | customers | others | shoppers | readers | person | members | persons |
        individuals | folks | watchers | buyers | user | viewer | customer | listeners | audience members

OTHER:
    other | further

WHO:
    who [HAVE] [also]
    that [HAVE] [also]

OF:
    of | out of | among | from among | from | in | / | amongst

FRONTOF:
    of | out of | among | from among | from | amongst

WHOLIKED:
    [besides you|apart from you] WHO VERB ITEMORBACK [TOO]
    WHO TO-VERB ITEMORBACK [TOO]
    WHO LIKEYOU VERB ITEMORBACK
    WHO VERB ITEMORBACK [TOO] LIKEYOU
    WHO LIKEYOU VERBING (of|for) ITEMORBACK
    WHO DIDSO
    VERBING ITEM

LIKEYOU:
    , [just] as YOU [did|have] ,
    (shared|share|sharing) YOUR
    , [just] like YOU [did] ,
    [just] like YOU [did]
    [just] as YOU did

DIDSO:
    did [so|the same|likewise] [TOO]
    felt the same

DID:
    [HAVE] [also|likewise] VERB REC [,] [TOO]
    [also] (went on to|did|came to|go on to) [also] TO-VERB REC [TOO]
    [also] TO-VERB REC [TOO]
    [also] VERBING REC [TOO]

PASSIVE:
    [is|was|are|were|has been|had been|being|having been] [also] VERB [TOO] by

WHOLE:
    NUMBER

COUNT:
    NUMBER

THEWHOLE:
    [the|those|all] [OTHER] WHOLE [OTHER]
    a (group|total) of WHOLE [OTHER]

HOWMANY:
    [a total of|in total] COUNT [OTHER]

COUNTOF:
    HOWMANY [PEOPLE] [,] OF THEWHOLE [PEOPLE]
    HOWMANY OPEN OF THEWHOLE CLOSE [OTHER] PEOPLE
    HOWMANY [OTHER] PEOPLE OPEN OF THEWHOLE CLOSE
    HOWMANY [OTHER] PEOPLE
    HOWMANY of (the|those) [OTHER] PEOPLE
    HOWMANY of those

COOCCURRENCE:
    COUNTOF WHOLIKED [,] DID
    [some [of the]] [OTHER] PEOPLE WHOLIKED [,] DID
    [OTHER] PEOPLE WHOLIKED [,] DID (,|:|-|OPEN) COUNT OF THEWHOLE [of them|PEOPLE] [CLOSE]
    HOWMANY PEOPLE WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE] [,] DID
    COUNTOF WHOLIKED VERB both
    FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID
    FRONTOF (those|everyone|everyone else|all) WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID
    FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,] REC PASSIVE HOWMANY [PEOPLE]
    FRONTOF [the] [OTHER] PEOPLE WHOLIKED [,] HOWMANY DID
    MANYLIKED OFTHEM DID
    MANYLIKED , REC PASSIVE HOWMANY of them
    HOWMANY [OTHER] PEOPLE [HAVE] [also] (VERB|TO-VERB) [both] BOTHREC
    [both] BOTHREC (were|are) [both] VERB by HOWMANY PEOPLE
    THEWHOLE PEOPLE WHOLIKED (include|included|includes) HOWMANY WHO DID
    the (one|1) other person WHOLIKED DID

MANYLIKED:
    THEWHOLE PEOPLE [HAVE] [also] VERB ITEMORBACK [TOO]
    there (are|were) THEWHOLE PEOPLE WHOLIKED
    ITEM (was|is|has been) [also] VERB by THEWHOLE PEOPLE
    [just] as DIDSO THEWHOLE PEOPLE

OFTHEM:
    [,|;|.|-] [and] [of these|of those|of them|among them] [,] HOWMANY [of (them|these|those)]
    [,] of whom HOWMANY
    [,] HOWMANY of whom
    [,] [with] HOWMANY of them
    [,] including HOWMANY who

SAYSCOOCCURRENCE:
    PASSIVE COUNTOF [OTHER] [PEOPLE] WHOLIKED
    PASSIVE HOWMANY [PEOPLE] WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE]
    PASSIVE [some] [of the] [OTHER] PEOPLE WHOLIKED
    with COUNTOF WHOLIKED [,] [HAVE|having] [also] (VERBING|VERB) REC [TOO]

SAYSGAPPED:
    COUNTOF WHOLIKED [,] [HAVE] [also] VERB [TOO]

THEKINDS:
    (is|was) (one of|among) the [other] KINDS [that|which]

POPULARITY:
    COUNT OF [the|all|all the] WHOLE [OTHER] PEOPLE DID
    COUNT [OTHER] PEOPLE DID

SAYSPOPULARITY:
    PASSIVE COUNT OF [the|all|all the] WHOLE [OTHER] PEOPLE
    PASSIVE COUNT [OTHER] PEOPLE

ALIKE:
    WHO have a history (like|similar to) yours
    with a [watch|viewing|reading|shopping] history (like|similar to) yours
    with histories (like|similar to) yours
    whose (history|histories) (is|are) [most] (like|similar to) yours

NEIGHBOURS:
    COUNT OF [the] WHOLE [OTHER] PEOPLE ALIKE [,] DID
    OF [the] WHOLE [OTHER] PEOPLE ALIKE , COUNT DID
    COUNT [OTHER] PEOPLE ALIKE [,] DID
    [some] [OTHER] PEOPLE ALIKE [,] DID

SAYSNEIGHBOURS:
    PASSIVE [COUNT OF [the] WHOLE|COUNT] [OTHER] PEOPLE ALIKE
"""
