"""How many others did something: co-occurrence, popularity and neighbours."""

_OF_A_GROUP = """
{group}DID:
    [INALLFRONT] [AGENTSAND] HOWMANY [PEOPLE] [,] OF {group} [,] DID [, INCLUDING AGENT [,]]
    FRONTOF {group} [,|:|-] HOWMANY [PEOPLE|of THEM] DID
    FRONTOF {group} [,] REC PASSIVE HOWMANY [PEOPLE|of THEM]
    LOOKAT {group} THEN HOWMANY [of THEM] DID
    THEREARE {group} OFTHEM DID
    [a count of|counting|asking|polling] {group} [,] (shows|tells us|gives) [that] HOWMANY [of THEM] DID
    a (count|look|glance) (of|at) {group} (shows|tells us|reveals) [that] HOWMANY [of THEM] DID
    [,] (so|as) (did|have) SODID HOWMANY [PEOPLE] [,] OF {group}
    HOWMANY [PEOPLE] [,] OF {group} SODID did (so|so too|so as well|too|as well|likewise)
    [FRONTOF] {group} [,] the (number|count) [of (THEM|PEOPLE)] WHO DID (is|was) HOWMANY
    the (number|count) [of (THEM|PEOPLE)] WHO DID (is|was) HOWMANY [,] OF {group}

BY{group}:
    PASSIVE HOWMANY [PEOPLE] [,] OF {group}
    (got|has|received|drew|earned|gathered) HOWMANY DEED from {group}
    (got|has|received|drew|earned|gathered) [AN] DEED from HOWMANY OF {group}

{group}GAPPED:
    [AGENTSAND] HOWMANY [PEOPLE] [,] OF {group} [,] [HAVE] [also] VERB [TOO]
"""
"""What is told of a group of others in the same words, however the group is told."""

_COUNTED = """
PEOPLE:
    [fellow] CROWD [BESIDESYOU]
    those

BESIDESYOU:
    [,] (besides|apart from|other than|aside from|in addition to|except|excluding|excepting) YOU [,]
    [,] (not (counting|including)|without counting|leaving out|leaving aside|setting aside) YOU [,]
    [,] (leaving|setting|putting) YOU (aside|out) [of (it|the count|account)] [,]
    [,] YOU not (included|counted) [,]
    [,] YOU (aside|excluded|excepted|not included|not counted|left aside|left out) [,]
    OPEN (besides|apart from|other than|except|excluding|not counting|not including) YOU CLOSE

BESIDES:
    BESIDESYOU
    if (YOU|we) (set|leave|put) (you|yourself) aside [,]

LOOKAT:
    (ask|we looked at|looking only at|take only|look only at)
    (take|consider|look at|looking at|considering|taking)
    (when|if) (we|YOU|one) (look|looks|looked|take|takes|consider) [at]
    as for | regarding | given | out of
    (within|in|inside|among) [(the|a) group of]

THEN:
    [,] and
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
    WHO VERB (FIRSTITEM|SECONDITEM) [TOO]
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
    [also] (gave|given|giving) REC AN DEED [TOO]

PASSIVE:
    [is|was|are|were|has been|had been|being|having been] [also|both] VERB [TOO] by [both]

WHOLE:
    NUMBER

COUNT:
    NUMBER

THEWHOLE:
    [the|those|all|all the|all of the|our|all our|all of our|these] [OTHER] WHOLE [OTHER]
    a (group|total) of WHOLE [OTHER]

HOWMANY:
    [a total of|in total|exactly|as many as|some|precisely|no fewer than|fully] COUNT [OTHER]

COUNTOF:
    HOWMANY [PEOPLE] [,] OF THEWHOLE [PEOPLE]
    HOWMANY OPEN OF THEWHOLE CLOSE [OTHER] PEOPLE
    HOWMANY [OTHER] PEOPLE OPEN OF THEWHOLE CLOSE
    COUNT OF WHOLE of the [OTHER] PEOPLE
    HOWMANY [OTHER] PEOPLE
    HOWMANY of (the|those) [OTHER] PEOPLE
    HOWMANY of those

LIKERS:
    THEWHOLE [PEOPLE] WHOLIKED
    THEWHOLE DOING
    [all|all of] TITLE's WHOLE [OTHER] DOERS
    [the] [OTHER] PEOPLE WHOLIKED INALL

INALL:
    [,|OPEN] WHOLE (in all|in total|altogether|of them) [,|CLOSE]
    (number|total|are|come to) WHOLE [in all|in total|altogether]

COOCCURRENCE:
    LIKERSDID
    LIKERS OFTHEM DID
    HOWMANY PEOPLE VERB ITEM [,] and DID
    COUNT of TITLE's WHOLE [OTHER] DOERS DID
    [AGENTSAND] COUNTOF WHOLIKED [,|BESIDESYOU] DID
    [some [of the]] [OTHER] PEOPLE WHOLIKED [,] DID
    [OTHER] PEOPLE WHOLIKED OPEN COUNT OF THEWHOLE CLOSE DID
    [OTHER] PEOPLE WHOLIKED [,] DID (,|:|-|OPEN) COUNT OF THEWHOLE [of them|PEOPLE] [CLOSE]
    HOWMANY PEOPLE WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE] [,] DID
    COUNTOF WHOLIKED VERB both
    FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID
    FRONTOF (those|everyone|everyone else|all) WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID
    FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,] REC PASSIVE HOWMANY [PEOPLE]
    FRONTOF [the] [OTHER] PEOPLE WHOLIKED [,] HOWMANY [OF THEWHOLE] DID
    BESIDES COOCCURRENCE
    HOWMANY [OTHER] DOING [also] DID
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
    [where] [LIKEYOU ,] THEWHOLE PEOPLE [HAVE] [also] VERB ITEMORBACK [TOO|LIKEYOU]
    there (are|were) THEWHOLE PEOPLE WHOLIKED
    (ITEM|WHICH) (was|is|has been) [also] VERB by [both] [YOUAND] THEWHOLE PEOPLE [TOO]
    [just] as DIDSO THEWHOLE PEOPLE
    [just] as THEWHOLE PEOPLE DIDSO
    WHICH THEWHOLE PEOPLE [HAVE] [also] VERB [TOO]
    ALONGWITH THEWHOLE PEOPLE
    [and] so DIDSO THEWHOLE PEOPLE
    [both] YOUAND THEWHOLE PEOPLE [,] [HAVE] VERB ITEMORBACK
    NOTALONE (,|:|;|-|.) THEWHOLE PEOPLE (did|have) [so|too|as well]
    the number of [OTHER] PEOPLE WHOLIKED (is|was) WHOLE

THEREARE:
    (there are|there were|we have|we know|we know of|we count|we counted|we found|we see) [that]

SODID:
    []

WHICH:
    which

ALONGWITH:
    along with | together with | [just] like

NOTALONE:
    YOUAND (VERBING|who VERB|who [also] VERB|to have VERB) ITEM

YOUAND:
    YOU (are|is) not (the only (one|PERSON)|alone) [in]
    YOU and
    YOU , [just] (like|as well as|along with)

THEM:
    them
    (these|those) [WHOLE] [PEOPLE]
    (that|this) (number|group|crowd|total)
    the WHOLE

OFTHEM:
    [,|;|.|-|:] [and] [(of|among|out of|from) THEM] [,] HOWMANY [of THEM]
    [,] of whom HOWMANY
    [,|;|.] within (it|that group) [,] HOWMANY
    [,] HOWMANY of whom
    [,] [with] HOWMANY of them
    [,] including HOWMANY who

AGENT:
    SAYSBYOTHERS | SAYSBYALL | SAYSBYALIKE

SAYSBYOTHERS:
    COUNTOF WHOLIKED
    HOWMANY OF LIKERS

SAYSBYALL:
    HOWMANY [PEOPLE] [,] OF EVERYONE
    HOWMANY OF THEWHOLE

SAYSBYALIKE:
    HOWMANY [PEOPLE] [,] OF ALLALIKE

AGENTSAND:
    [both] AGENT [, AGENT] [,] (and|as well as|and also)

INCLUDING:
    including | as well as | along with | and also | plus

MOREAGENTS:
    [,] (and|INCLUDING|also|but also) [also] [by] AGENT [MOREAGENTS]
    , [by] AGENT MOREAGENTS

SAYSCOOCCURRENCE:
    BYLIKERS
    PASSIVE COUNTOF [OTHER] [PEOPLE] WHOLIKED
    PASSIVE HOWMANY [PEOPLE] WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE]
    PASSIVE [some] [of the] [OTHER] PEOPLE WHOLIKED
    with COUNTOF WHOLIKED [,] [HAVE|having] [also] (VERBING|VERB) REC [TOO]

SAYSGAPPED:
    COUNTOF WHOLIKED [,] [HAVE] [also] VERB [TOO]
    LIKERSGAPPED

SAYSGAPPEDALL:
    EVERYONEGAPPED

SAYSGAPPEDALIKE:
    ALLALIKEGAPPED

SAYSWHICHMANY:
    SAYSGAPPED | SAYSGAPPEDALL | SAYSGAPPEDALIKE | SAYSFOUNDBY

THEKINDS:
    (is|was) (one of|among) the [other] KINDS [that|which]
    (is|was) AN NOUN [that|which]

POPULARITY:
    EVERYONEDID
    HOWMANY [PEOPLE] OF THEWHOLE DID
    HOWMANY PEOPLE DID [, (of|out of) [a total of] WHOLE [PEOPLE] [in all]]
    FRONTOF EVERYONE [,|:] COUNT WHO DID
    BESIDES POPULARITY
    REC BYEVERYONE

EVERYONE:
    THEWHOLE PEOPLE [BESIDESYOU] [in (all|total|our records|the data)|on record|overall]
    [the|our|all] [OTHER] PEOPLE INALL
    a total of WHOLE PEOPLE

SAYSPOPULARITY:
    PASSIVE HOWMANY [PEOPLE] OF THEWHOLE
    BYEVERYONE
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
    most (like|similar to) YOU
    (who are|that are) most (like|similar to) YOU
    (with|having) the (most similar|closest|nearest) HISTORYWORD [to THEIRS]
    (who|that) (are|is) most (like|similar to) YOU [in HISTORYWORD]
    [most] like YOU in [their] HISTORYWORD
    whose [own] HISTORYWORD (is|are|looks|look) [most|closest|nearest|much] (like|similar to|close to|to)
        THEIRS
    whose [own] HISTORYWORD [most] (resembles|resemble|resembled) THEIRS

ALLALIKE:
    [the] [OTHER] PEOPLE ALIKE INALL
    WHOLE [OTHER] PEOPLE have [a] (HISTORYWORD LIKEYOURS|similar HISTORYWORD)
    [the|those|all|all the|all of the|a group of|these] WHOLE [OTHER] [PEOPLE] ALIKE

NEIGHBOURS:
    ALLALIKEDID
    ALLALIKE OFTHEM DID
    COUNT [OTHER] PEOPLE ALIKE [,] DID
    FRONTOF [the|those] [OTHER] PEOPLE ALIKE [,] HOWMANY OF [the] WHOLE DID
    PEOPLE ALIKE DID (,|:|-|OPEN) COUNT OF [the] WHOLE [of them] [CLOSE]
    PEOPLE ALIKE OPEN COUNT OF [the] WHOLE CLOSE DID
    [some] [OTHER] PEOPLE ALIKE [,] DID
    BESIDES NEIGHBOURS

SAYSNEIGHBOURS:
    BYALLALIKE
    PASSIVE [COUNT] [OTHER] PEOPLE ALIKE

INALLFRONT:
    (in total|overall|all in all|altogether|in all) [,]
"""

COUNTED = _COUNTED + "".join(
    _OF_A_GROUP.replace("{group}", each) for each in ("LIKERS", "EVERYONE", "ALLALIKE")
)
