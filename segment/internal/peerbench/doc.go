// Package peerbench measures the engine of segments beside DuckDB, and one
// predicate beside the expression languages expr and CEL. It is a module of its
// own, so that no shop gets to know them.
//
//	cd segment/internal/peerbench
//	go test .                                        # the same answers, in a small world
//	go test -run '^$' -bench Segments                # S1 to S8 over 100,000 customers
//	go test -run '^$' -bench Predicate
//	CLIENTELE_SCALE=full go test -run '^$' -bench .  # a million, in 5 GB and some minutes
//
// The first build compiles a driver and links DuckDB, which takes a minute. The
// flags -customers, -rounds and -seed set the size of the world, how often each
// side is measured, and which world it is. A world has, for each customer, ten
// orders with fifteen lines and ten interactions on average, over three years;
// few customers have thousands of them.
//
// Both sides are in one process. DuckDB holds its tables in memory, in the
// order of time, with its least types for keys and words, and works with two
// threads; it puts the ids it finds into a temporary table. Ours begins with
// the text of a rule, and ends with a bitmap. DuckDB is asked in two ways: over
// the facts only, and with a table of what we keep of each customer as well,
// where a query gains by it. Where there is more than one good way to ask, the
// one that took the least CPU counts; what groups by nearly all customers is also
// tried with arrays in the place of hash tables (perfect_ht_threshold), which
// DuckDB does not do unless told to. No fact is later than now, and no money was
// given back; queries need not look for either.
//
// Both sides have been asked once before they are measured: ours has put facts in
// the order of days then, which it keeps.
//
// CPU is that of the whole process, garbage collection as it is. Queries of a
// few milliseconds are repeated until they can be measured. The figures are
// medians of the rounds; the best of them stand beside.
package peerbench
