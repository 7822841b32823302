"""What introduces a reason, joins its clauses or turns them into advice."""

FRAMES = """
TEXT:
    SENTENCE [.|!|;]
    SENTENCE (.|!|;) TEXT
    SAYSASKED ? TEXT

SENTENCE:
    [LEAD] CLAUSES [TAIL]
    [LEAD] FRAGMENT [JOIN CLAUSES] [TAIL]
    RECLEAD CLAUSE BECAUSES
    ADVICE [(:|;|-) CLAUSES]
    ADVISE
    (that's|that is|this is) (why|the reason) ADVISE
    NOMINAL [(,|;|[,] and) (NOMINAL|CLAUSES)]
    SUGGESTED [FORYOU] [,] BECAUSE HISTORY : REC
    (it was|it is|it's) because CLAUSES that ADVISE
    FORTWO CLAUSE AGAIN CLAUSE
    FORTHREE CLAUSE AGAIN CLAUSE AGAIN CLAUSE
    FORSOME CLAUSES

NOMINAL:
    [the fact] that CLAUSES [and that CLAUSES] [,] ISREASON
    that CLAUSES (is|was) another [reason]

AGAIN:
    (,|;|[,] and|; and|.|. and) [ADDING] [,]

FORTWO:
    FORTHE (two|2) FORTHIS
    REC (has|comes with) (two|2) (things|points|facts|reasons) [going for it] [:|-]

FORTHREE:
    FORTHE (three|3) FORTHIS

FORSOME:
    FORTHE (several|a few|some|the following|these) FORTHIS
    (the reasons|our reasons|what speaks for REC|the facts) [are] [these] :

FORTHE:
    [REC (is|was)|it's|ADVISE] [SUGGESTED] [FORYOU] for
    there are | here are | [ADVISE] on
    []

FORTHIS:
    [good] (reasons|grounds|points) [for REASONED|why ADVISE] [:|-|,|.] [first|firstly] [,]
    (things|facts|points) [to (know|note|say)] [about REC] [:]
    (things|facts|reasons) (point|lead|led|pointed|speak|spoke) [us] (to|for) REC [:|-|,]

CLAUSES:
    CLAUSE [JOIN CLAUSES]

JOIN:
    [,|;|-] and [,] [ADDING] [,]
    ANDBECAUSE
    COMMA [ADDING] [,]
    ;
    ; ADDING [,]
    - | :
    [,] and that
    [,] (while|whilst|whereas) [also]
    , as well as
    [,] but [also]
    [,] and [REC] (is|was|it's) [also] SUGGESTED [FORYOU] BECAUSE

COMMA:
    ,

ADDING:
    (another|the other|a second|the second) [reason] is [that]
    also | additionally | in addition | moreover | furthermore | besides | plus | what's more | likewise |
        second | secondly | third | thirdly | lastly | finally | of these | on top of that | similarly |
        equally | in turn | what is more | for another | (we|I) [also] (went by|considered|noted|took into
        account|relied on|counted)
        [the fact] that | (it also counts|it counts|it matters|it helps|what also counts is) that | on the
        other [hand] | note that | beyond that | besides that

BECAUSES:
    , because CLAUSE BECAUSES
    ANDBECAUSE CLAUSE

ANDBECAUSE:
    [,|;|-] and [ADDING] [,] BECAUSE

BECAUSE:
    because | since | as | for | given that | given | seeing that | seeing as
    (considering|knowing|seeing|noting) [that]
    now that
    for the [simple|following] reason [that|:]
    in that
    (due to|owing to|in view of|based on|because of) the fact that
    on the (grounds|basis) that
    [,] :
    -
    [,|;|-] (because|since|as)

FORYOU:
    (for|to) (YOU|them) [, SAYSTHEYDID]

SUGGESTED:
    recommended | suggested
    picked [out]
    put forward | brought up | named | mentioned | given
    chosen | selected | shown | offered | proposed | listed | featured | included | displayed | presented
        | here
    on (this|your|the|our) list
    AN (recommendation|suggestion|pick|match|choice)
    in (this|your|the) list
    being (recommended|suggested|shown)

SUGGEST:
    (recommend|suggest|recommended|suggested|picked
        [out]|chose|selected|propose|offer|show|include|included|put forward|pick|choose|select|list|listed)
    (bring up|brought up|respond with|responded with|answer with|point to|pointed to|arrive at|arrived
        at|go for|went
        for|went with|go with|settled on|came to|come
        to|present|display|offered|proposed|showed|feature|put|place|placed
        |have|came across|come up with|came up with|thought of|think of|turn to|turned
        to|mention|name|bring)

SUGGESTING:
    (recommending|suggesting|showing|offering|proposing|including)

WE:
    we
    I
    i | we've | i've | we have | i have | our system | the system

MIGHT:
    might [also|well]
    may [also|well]
    could [also]

LIKING:
    like | enjoy | want to see | want to watch | be interested in | appreciate | find interesting | like
        to try

THEY:
    YOU
    they

ADVISE:
    [(we|I|i) (think|thought|believe|feel) [that]] THEY MIGHT LIKING (REC|ADVISED) [TOO]
    [now|here|today|next] WE [also|therefore] [can|would like to|want to|now] SUGGEST [YOU|to YOU]
        (REC|ADVISED) [FORYOU] [HERE]
    (we're|we are|i'm|i am|I am) SUGGESTING [YOU] REC [FORYOU]
    REC (is|was|has been|is being) [therefore|thus] SUGGESTED [FORYOU] [HERE]
    (here|now|next) (comes|is) REC
    WE (bring|put|brought|offer|recommend) REC (to YOUR (notice|attention)|before YOU|in front of
        YOU|on YOUR list)
    WE (point|lead|direct|bring|pointed|refer) YOU to REC
    YOU , SAYSTHEYDID , (gets|get|sees|see|is shown|are shown|is offered|are offered|is given|might
        like|may like) (REC|ADVISED)
    REC (MIGHT|would) (suit YOU|interest YOU|appeal to YOU|be of interest [FORYOU]|be for YOU|be AN
        (match|pick|choice|suggestion) [FORYOU])
    (how about|why not try|what about) (REC|ADVISED) [?]
    (here is|here's|this is|try|consider|next up is|next up :|meet|introducing|take a look at|have a look
        at|give) (REC|ADVISED) [a try|FORYOU]
    THEY (get|gets|sees|is shown|is offered|are offered|are given|is given|find|finds) REC [here]
    THEY (see|are seeing|saw|were shown|are shown|are being shown|got|are getting) REC [here]
    you're (seeing|being shown|getting|being recommended) REC
    [today's|our|my|your|the] [next|top|first] (pick|recommendation|suggestion|choice) [FORYOU] (is|:) REC
    REC (made|is on|appears on|appears in|appears here|shows up here|comes recommended|comes suggested)
        [this|your|the] [list]
    this (recommendation|suggestion|pick)
    REC CAMEUP
    SUGGESTED [FORYOU] [:|-|,] REC

HERE:
    here | now | today | next | on (this|your|the) list | (here|there) (to|for) YOU

ADVISED:
    (APPOSED|AN NOUN) (that|which) (PREDICATES|SAYSWHICHMANY) (:|-|,) REC
    APPOSED (:|-|,) REC
    [AN|the|this] SAYSKIND [FORYOU] ([:|,|-] [called|titled] SAYREC|(:|,|-) REC)
    SAYSANOTHER [FORYOU] [:|,|-] [REC]
    THIS [:|,|-] REC

LEAD:
    WHYLEAD [,]
    with
    [here is|here's] why [REC] [is SUGGESTED|:|?] [:]
    why (this|this one|this KIND|REC) ?
    RECLEAD
    [the|our|one|a] (reason|reasons|reasoning) [(for|behind) REASONED] (:|is that|is :|are that)
    the reason [why|that] ADVISE (is that|is :|is because)
    ADVISE [:|-|,|;|.]
    (we|I) looked at this :
    ADDING [,]
    (we|I|i) (know|noticed|notice|see|saw|noted|note|remember) [that]
    YOUR HISTORYWORD (shows|says|tells us) [that]
    what (led|brought|pointed) us to REC (is|was) that
    (first|firstly|for one thing|on the one hand|first of all) [,]
    in (our|the|this) (catalogue|catalog|shop|store) [,]
    (our|the) (records|data) (show|shows|say) [that]
    (YOU|they) told us [that]
    (YOU|they) (can|may) recall [that]
    according to (YOUR HISTORYWORD|our records|our data) [,]
    for the record [,]
    (what|that which) (prompted|explains|lies behind|led to|is behind|triggered) REASONED (is|was) [the
        fact] that
    RECOMMENDATION (comes from|rests on|follows from|is due to|stems from|builds on|is based on|goes back
        to) the fact that
    (note|remember|recall) that
    SUGGESTED FORYOU [:|-|,|.]
    SUGGESTED [:|-]
    not only | just as
    REC (:|-)
    (one|the|the first) reason is (that|:)

RECLEAD:
    [REC (is|was)|it's|we|is|was] SUGGESTED [FORYOU] [,] BECAUSE
    (REC (is|was)|it's) BECAUSE
    ADVISE [,] BECAUSE [,]

WHYLEAD:
    BECAUSE

HENCE:
    [and] (so|hence|thus|therefore|that's why|that is why|this is why|for (that|this)
        reason|this|accordingly|consequently|as a result)
    which is why | which means | meaning | and this is the reason | and that is the reason | and because
        of (that|this)
        | and on that basis | and from there | and with that in mind

TAIL:
    [,|;|-|.] HENCE [,] ADVISE
    [,|;|.|-] (hence|thus) (RECOMMENDATION|recommendation|suggestion)
    [,|;|.|-] (hence|thus|therefore) [,|:] REC
    [,] so ADVISE

ADVICE:
    (WHYLEAD|if|with) CLAUSES [,|-] [then] ADVISE [[,] BECAUSE CLAUSES]
    FRAGMENT [,] ADVISE
    CLAUSES [,|;|-|:] ADVISE
    CLAUSES [,] and ADVISE
    if CLAUSES [,] CLAUSES
    if HISTORY [,] then CLAUSES
"""
