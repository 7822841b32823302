"""How many others did something: co-occurrence, popularity and neighbours."""

COUNTED = """
PEOPLE:
    [fellow] CROWD [BESIDESYOU]
    those

BESIDESYOU:
    [,] (besides|apart from|other than|aside from|in addition to|except|excluding|excepting) YOU [,]
    [,] (not (counting|including)|without counting|leaving out|leaving aside|setting aside) YOU [,]
    [,] (leaving|setting|putting) YOU aside [,]
    [,] YOU not (included|counted) [,]
    [,] YOU (aside|excluded|excepted|not included|not counted|left aside|left out) [,]
    OPEN (besides|apart from|other than|except|excluding|not counting|not including) YOU CLOSE

BESIDES:
    BESIDESYOU
    if (YOU|we) (set|leave|put) (you|yourself) aside [,]

LOOKAT:
    (take|consider|look at|looking at|considering|taking)
    (when|if) (we|YOU|one) (look|looks|looked) at
    as for | regarding | given | out of
    (within|in|inside|among) [(the|a) group of]

THEN:
    [,|:|;|.|-] [(we|YOU|one) (see|find|note|finds|sees|will see|will find|can see) [that]]
    [,|:|;|.|-] it turns out [that]

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
    BESIDESYOU WHO VERB ITEMORBACK [TOO]

DOING:
    DOERS of ITEMORBACK

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
    [the|those|all|all the|all of the|our] [OTHER] WHOLE [OTHER]
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
    COUNTOF WHOLIKED [,|BESIDESYOU] DID
    [some [of the]] [OTHER] PEOPLE WHOLIKED [,] DID
    [OTHER] PEOPLE WHOLIKED OPEN COUNT OF THEWHOLE CLOSE DID
    [OTHER] PEOPLE WHOLIKED [,] DID (,|:|-|OPEN) COUNT OF THEWHOLE [of them|PEOPLE] [CLOSE]
    HOWMANY PEOPLE WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE] [,] DID
    COUNTOF WHOLIKED VERB both
    FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID
    FRONTOF (those|everyone|everyone else|all) WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID
    FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,] REC PASSIVE HOWMANY [PEOPLE]
    FRONTOF [the] [OTHER] PEOPLE WHOLIKED [,] HOWMANY [of THEWHOLE] DID
    BESIDES COOCCURRENCE
    LOOKAT THEWHOLE ([PEOPLE] WHOLIKED|DOING) THEN HOWMANY [of them|of those] DID
    HOWMANY [OTHER] DOING [also] DID
    HOWMANY [,] OF THEWHOLE DOING [,] DID
    FRONTOF THEWHOLE DOING [,|:|-] HOWMANY [of them|of those] DID
    [some] [OTHER] DOING [also] DID
    MANYLIKED OFTHEM DID
    MANYLIKED , REC PASSIVE HOWMANY of them
    HOWMANY [OTHER] PEOPLE [HAVE] [also] (VERB|TO-VERB) [both] BOTHREC
    [both] BOTHREC (were|are) [both] VERB by HOWMANY PEOPLE
    THEWHOLE PEOPLE WHOLIKED (include|included|includes) HOWMANY WHO DID
    ONEOTHER WHOLIKED DID

ONEOTHER:
    the (one|1) other (person|user)

MANYLIKED:
    THEWHOLE PEOPLE [HAVE] [also] VERB ITEMORBACK [TOO]
    there (are|were) THEWHOLE PEOPLE WHOLIKED
    ITEM (was|is|has been) [also] VERB by THEWHOLE PEOPLE
    [just] as DIDSO THEWHOLE PEOPLE
    [just] as THEWHOLE PEOPLE DIDSO
    [and] so DIDSO THEWHOLE PEOPLE
    [both] YOUAND THEWHOLE PEOPLE [HAVE] VERB ITEMORBACK
    the number of [OTHER] PEOPLE WHOLIKED (is|was) WHOLE

YOUAND:
    YOU and

OFTHEM:
    [,|;|.|-] [and] [of these|of those|of them|among them] [,] HOWMANY [of (them|these|those) [others]]
    [,] of whom HOWMANY
    [,] HOWMANY of whom
    [,] [with] HOWMANY of them
    [,] including HOWMANY who

SAYSBYOTHERS:
    [also] by COUNTOF WHOLIKED

SAYSCOOCCURRENCE:
    PASSIVE HOWMANY [,] OF THEWHOLE DOING
    PASSIVE COUNTOF [OTHER] [PEOPLE] WHOLIKED
    PASSIVE HOWMANY [PEOPLE] WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE]
    PASSIVE [some] [of the] [OTHER] PEOPLE WHOLIKED
    with COUNTOF WHOLIKED [,] [HAVE|having] [also] (VERBING|VERB) REC [TOO]

SAYSGAPPED:
    COUNTOF WHOLIKED [,] [HAVE] [also] VERB [TOO]

THEKINDS:
    (is|was) (one of|among) the [other] KINDS [that|which]
    (is|was) AN NOUN [that|which]

POPULARITY:
    HOWMANY [PEOPLE] [,] OF EVERYONE [,] DID
    HOWMANY PEOPLE OF THEWHOLE DID
    HOWMANY PEOPLE DID
    FRONTOF EVERYONE [,|:] COUNT [PEOPLE|of them] (DID|WHO DID)
    LOOKAT EVERYONE THEN COUNT [of them] DID
    FRONTOF EVERYONE [,] REC PASSIVE COUNT
    BESIDES POPULARITY
    REC PASSIVE COUNT [PEOPLE] [,] OF EVERYONE

EVERYONE:
    THEWHOLE PEOPLE [BESIDESYOU] [in (all|total|our records|the data)]
    a total of WHOLE PEOPLE

SAYSPOPULARITY:
    PASSIVE HOWMANY PEOPLE OF THEWHOLE
    PASSIVE HOWMANY [PEOPLE] [,] OF EVERYONE [[,] and SAYSBYOTHERS]
    PASSIVE HOWMANY PEOPLE

HISTORYWORD:
    [watch|viewing|reading|shopping|purchase|listening] (history|histories)

THEIRS:
    yours
    (the|this) PERSON's
    (your|YOUR) [own] [history]

LIKEYOURS:
    [that|which] [is|are|looks|look] [most|closest|nearest|much] (like|similar to|close to|to) THEIRS
    (resembling|that resembles|that resemble|closest to|nearest to) THEIRS

ALIKE:
    (who|that) (have|has|had) [a|the] HISTORYWORD LIKEYOURS
    (who|that) (have|has|had) [a] similar HISTORYWORD
    (with|having) [a|the] HISTORYWORD LIKEYOURS
    (with|having) [a] similar HISTORYWORD [to THEIRS]
    (with|having) the (most similar|closest|nearest) HISTORYWORD [to THEIRS]
    whose [own] HISTORYWORD (is|are|looks|look) [most|closest|nearest|much] (like|similar to|close to|to)
        THEIRS
    whose [own] HISTORYWORD [most] (resembles|resemble|resembled) THEIRS

ALLALIKE:
    [the|those|all|all the|a group of] WHOLE [OTHER] PEOPLE ALIKE

NEIGHBOURS:
    COUNT [PEOPLE] [,] OF ALLALIKE [,] DID
    FRONTOF ALLALIKE [,|:] COUNT [of them|PEOPLE] DID
    LOOKAT ALLALIKE THEN COUNT [of them] DID
    FRONTOF ALLALIKE [,] REC PASSIVE COUNT
    COUNT [OTHER] PEOPLE ALIKE [,] DID
    PEOPLE ALIKE DID (,|:|-|OPEN) COUNT OF [the] WHOLE [of them] [CLOSE]
    PEOPLE ALIKE OPEN COUNT OF [the] WHOLE CLOSE DID
    [some] [OTHER] PEOPLE ALIKE [,] DID
    BESIDES NEIGHBOURS

SAYSNEIGHBOURS:
    PASSIVE COUNT [PEOPLE] [,] OF ALLALIKE
    PASSIVE [COUNT] [OTHER] PEOPLE ALIKE
"""
