"""Which search found the recommended item."""

SEARCHES = """
QUERY:
    search | query | search query
    search (term|terms|phrase|words|text|request)
    searches
    (search|query) (with|by|for) the (words|text|phrase|word|term)

THESEARCH:
    WHOSE QUERY [for|of|,|:] SEARCH
    WHOSE QUERY , SEARCH ,
    WHOSE SEARCH (search|query)
    the QUERY [that] (BYYOU|we|I) (made|ran|used|typed) [,|:] SEARCH [,]
    GUESS [,|:] SEARCH [,]

GUESS:
    (our|AN) guess (at|of|for) (YOUR|AN|the) [next] QUERY
    (the|AN) QUERY [that|which] we [have] guessed [for YOU]

WHOSE:
    MINE
    the | a | our | this
    AN

MINE:
    YOUR

FINDS:
    [has|have|had] [also]
        (found|returned|matches|matched|surfaced|produced|gave|gives|retrieved|yielded|uncovered)
    got | reached | ended at | arrived at
    (gives|finds|returns|surfaces|retrieves|yields|fits|produces|matching|finding|returning)
    (led|leads|pointed|points|brought) [us|me|YOU] to
    (gave|gives|got|gets|found) (us|YOU)
    (brought|brings|turned|turns|pulled|pulls|threw|throws) up
    (came|comes) up with

SEARCHED:
    THESEARCH [,] FINDS REC [as AN (result|match|hit)]
    THESEARCH [,] (brought|turned) REC up
    (if|when) (YOU|we|one) (search|searches|look) for SEARCH [,] (REC CAMEUP|(YOU|we|one) [will|can]
        (find|get|see) REC|FINDS REC)
    (search|look) for SEARCH and (REC CAMEUP|(YOU|we|one) [will|can] (find|get|see) REC|you'll find REC)
    (type|put|enter|typing|putting|entering) [in|into] THESEARCH [in] ([,] and REC CAMEUP|FINDS REC)
    SEARCH was searched for [,] and REC (CAMEUP|was found)
    (in|among) the [search] (results|matches|hits) (for|of|from) (THESEARCH|SEARCH) [,] (YOU|we)
        [can|will] find REC
    for THESEARCH [,] the (answer|result|match|find) (is|was) REC
    what THESEARCH FINDS (is|was) REC
    what (we|I) (found|got) WITH THESEARCH (is|was) REC
    WHOSE QUERY (was|is) SEARCH [,|;] [and] REC (matches|matched|fits|answers) (it|that)
    there was THESEARCH [,] and REC (matches|matched|fits) it
    (in answer to|in reply to|in response to) THESEARCH [,] WE SUGGEST REC
    THESEARCH (is|was) (matched|met|answered|fitted) by REC
    BYYOU (searched|looked) for SEARCH [,|;|.] [and] (REC CAMEUP|(we|that) FINDS REC|REC AHIT|this FINDS
        REC)
    (what|when) BYYOU (searched|looked) for [,] SEARCH [,] FINDS REC
    [when|as] BYYOU searched for SEARCH [,] REC CAMEUP
    (running|entering|typing|trying|using|doing|making) THESEARCH (FINDS|gives) REC
    searching SEARCH FINDS REC
    (by|with|through|from) THESEARCH [,] (we|I) (arrived at|came to|got to|reached) REC
    [by|when|while|on] (searching|looking|a search) (for|with) SEARCH [,] [(we|I)] FINDS REC
    [when] (we|I) searched [for] SEARCH [,] [and] [we|I] FINDS REC
    [when] (we|I|i) searched [for] SEARCH [,] [and] REC CAMEUP
    when searching for SEARCH [,] REC [CAMEUP|FINDS]
    (we|I) [have] [also] FOUND REC WITH THESEARCH
    (we|I) FOUND REC [by|when|while] searching (for|with) SEARCH
    (for|with|from|in response to|in answer to|through|via|by|using|to|under|in) THESEARCH [,] (REC
        CAMEUP|REC (is|was) (found|returned|AN (match|result|hit|answer))|[we|I] FINDS REC)
    (among|one of) the [search] (results|matches|hits) (for|of|from) (THESEARCH|SEARCH) (is|was) REC
    the [search] (results|matches|hits) (for|of|from) (THESEARCH|SEARCH)
        (include|included|contain|contained) REC
    (a|one) (result|match|hit) (for|of|from) (THESEARCH|SEARCH) (is|was) REC
    it (is|was) THESEARCH (that|which) FINDS REC
    (we|I|i) (ran|did|made|tried|used) THESEARCH [,] and FINDS REC
    SEARCH (is|was) (the|MINE) (search|query) (that|which) FINDS REC
    THESEARCH (is|was) [what|how] [we|I] (FINDS|found) REC
    from THESEARCH [:|,|-] REC
    THESEARCH (has|had|lists|listed|includes|included) REC (among|in) its results
    ITIS AN (match|result|hit) (for|of|from) THESEARCH

SAYSSOUGHT:
    [BYYOU] (searched|looked) for SEARCH
    (ran|made|entered|typed) (the|AN|MINE) QUERY [for|,|:] SEARCH

THATSEARCH:
    (that|this|the same) QUERY

FOUND:
    (found|retrieved|got|came across|came upon|discovered|turned up|located)

WITH:
    (by|with|through|from|using|via|for|in|under|thanks to|in response to|as a result of|when running|by
        way of|out of|in (the|its) results (of|for)|in reply to|in answer to)

SAYSFOUNDBY:
    (match|result|hit) for THESEARCH
    THESEARCH (found|returned|surfaced|gave|retrieved|uncovered|finds|brought up|turned up|led to)

AHIT:
    (is|was) AN (match|result|hit)
    (is|was) [among] (the|its) (results|matches|hits)

BYYOU:
    YOU [have]

CAMEUP:
    (came|comes|coming|turned|turns|turning|shows|showed|showing|popped|pops) up
    appeared | appears | surfaced | surfaces | appearing | surfacing

SAYSSEARCHED:
    [also] (matches|matched|fits|matching|fitting|answers|answering|meets|met|suits) THATSEARCH
    [also] [is|was|as] [also] [AN|one|the] (match|result|hit|answer) (for|of|from|to) THATSEARCH
    [is|was] [also] (found|returned|brought up|surfaced|turned up|matched) by THATSEARCH
    [also] (matches|matched|fits|matching|fitting|answers|answering|meets|met|satisfies|suits) THESEARCH
    [also] (corresponds|responds|corresponding|answers|replies|goes back) to THESEARCH
    [also] (is|was|being|has been|were|are) [also] (found|returned|brought
        up|retrieved|surfaced|located|turned up|discovered|matched|reached|picked
        out|listed|delivered|given) WITH THESEARCH
    [also] (found|returned|brought up|retrieved|surfaced|located|turned up|discovered) WITH THESEARCH
    [also] CAMEUP WITH THESEARCH
    [also] CAMEUP [as AN (result|match|hit)] [when|while|by|on] [we|I|BYYOU] (searching|searched) for
        SEARCH
    [also] CAMEUP (in|among|on) the [search] results (for|of|from) (THESEARCH|SEARCH)
    (comes|came|coming) (from|out of) THESEARCH
    [also] (is|was) [also] (a|one) search (result|match|hit) for (THESEARCH|SEARCH)
    [also] [is|was|as] [also] [AN|one|the] (match|result|hit|answer) (for|of|from|to) THESEARCH
    [also] (is|was) [also] (among|one of|in|part of) [the] [search] (results|matches|hits)
        (for|of|from|to) (THESEARCH|SEARCH)
    [also] [is|was] (found|returned|reached|retrieved) [by|when|while|through|after] (searching|a
        search|looking) (for|with) SEARCH
    (is|was) what THESEARCH FINDS
    (is|was) what CAMEUP (WITH THESEARCH|for SEARCH)
    [also] CAMEUP (for|under) SEARCH
    (matches|matched|fits) what (was|we|I|i) [have] searched for [:|,|-] SEARCH
    [also] (is|was) AN (result|match|hit) (when|from) searching for SEARCH
"""
