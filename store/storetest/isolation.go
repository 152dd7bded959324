package storetest

// isolationLaws are the anomalies that weaker isolation levels let through, as
// catalogued by Adya and turned into interleavings by the Hermitage project.
// The outcome of every script must be that of some serial order.
//
// The store begins with x = 10 and y = 20.
var isolationLaws = []law{
	{"G0DirtyWrite", script{"abaabb", []participant{
		{steps: []step{put1("x", 11), put1("y", 21)}},
		{steps: []step{put1("x", 12), put1("y", 22)}},
	}}.play},
	{"G1aAbortedRead", script{"abaabb", []participant{
		{steps: []step{put1("x", 101), read("x")}, aborts: true},
		{steps: []step{readAll, readAll}},
	}}.play},
	{"G1bIntermediateRead", script{"abaabb", []participant{
		{steps: []step{put1("x", 101), put1("x", 11)}},
		{steps: []step{readAll, readAll}},
	}}.play},
	{"G1cCircularInformationFlow", script{"ababab", []participant{
		{steps: []step{put1("x", 11), read("y")}},
		{steps: []step{put1("y", 22), read("x")}},
	}}.play},
	{"OTVObservedTransactionVanishes", script{"aabacbcbcc", []participant{
		{steps: []step{put1("x", 11), put1("y", 19)}},
		{steps: []step{put1("x", 12), put1("y", 18)}},
		{steps: []step{readAll, read("x"), read("y")}, view: true},
	}}.play},
	{"PMPPredicateManyPreceders", script{"abbaa", []participant{
		{steps: []step{readWhere(multipleOf(30)), readWhere(multipleOf(3))}},
		{steps: []step{put1("z", 30)}},
	}}.play},
	{"PMPInView", script{"abbaa", []participant{
		{steps: []step{readWhere(multipleOf(30)), readWhere(multipleOf(3))}, view: true},
		{steps: []step{put1("z", 30)}},
	}}.play},
	{"PMPForWrites", script{"ababb", []participant{
		{steps: []step{addAll(10)}},
		{steps: []step{readAll, deleteWhere(multipleOf(20))}},
	}}.play},
	{"P4LostUpdate", script{"ababab", []participant{
		{steps: []step{read("x"), add("x", 1)}},
		{steps: []step{read("x"), add("x", 1)}},
	}}.play},
	{"P4LostUpdateOfThree", script{"abcabcabc", []participant{
		{steps: []step{read("x"), add("x", 1)}},
		{steps: []step{read("x"), add("x", 10)}},
		{steps: []step{read("x"), add("x", 100)}},
	}}.play},
	{"GSingleReadSkew", script{"abbbbaa", []participant{
		{steps: []step{read("x"), read("y")}},
		{steps: []step{readAll, put1("x", 12), put1("y", 18)}},
	}}.play},
	{"GSingleInView", script{"abbbbaa", []participant{
		{steps: []step{read("x"), read("y")}, view: true},
		{steps: []step{readAll, put1("x", 12), put1("y", 18)}},
	}}.play},
	{"GSinglePredicates", script{"abbaa", []participant{
		{steps: []step{readWhere(multipleOf(5)), readWhere(multipleOf(3))}},
		{steps: []step{add("x", 2)}},
	}}.play},
	{"GSingleWritePredicate", script{"abbbaa", []participant{
		{steps: []step{read("x"), deleteWhere(multipleOf(20))}},
		{steps: []step{put1("x", 12), put1("y", 18)}},
	}}.play},
	{"G2ItemWriteSkew", script{"ababab", []participant{
		{steps: []step{readBoth("x", "y"), put1("x", 11)}},
		{steps: []step{readBoth("x", "y"), put1("y", 21)}},
	}}.play},
	{"G2ItemByGet", script{"ababab", []participant{
		{steps: []step{read("x"), copyTo("x", "y")}},
		{steps: []step{read("y"), copyTo("y", "x")}},
	}}.play},
	{"G2ItemOfAbsentKeys", script{"ababab", []participant{
		{steps: []step{read("p"), put1("q", 1)}},
		{steps: []step{read("q"), put1("p", 1)}},
	}}.play},
	{"G2ItemOfAbsentKeysByGetMany", script{"ababab", []participant{
		{steps: []step{readBoth("p", "x"), put1("q", 1)}},
		{steps: []step{readBoth("x", "q"), put1("p", 1)}},
	}}.play},
	{"G2ItemOfDeletes", script{"ababab", []participant{
		{steps: []step{read("x"), remove("y")}},
		{steps: []step{read("y"), remove("x")}},
	}}.play},
	{"G2Phantom", script{"ababab", []participant{
		{steps: []step{readWhere(multipleOf(3)), put1("z", 30)}},
		{steps: []step{readWhere(multipleOf(3)), put1("w", 42)}},
	}}.play},
	{"G2PhantomOfDeleteRange", script{"ababab", []participant{
		{steps: []step{readWhere(multipleOf(10)), removeFrom("y")}},
		{steps: []step{readWhere(multipleOf(10)), removeFrom("x")}},
	}}.play},
	{"G2PhantomInEmptyRange", script{"ababab", []participant{
		{steps: []step{readFrom("y0"), put1("z", 1)}},
		{steps: []step{readFrom("y0"), put1("zz", 1)}},
	}}.play},
	{"G2PhantomInFirst", script{"ababab", []participant{
		{steps: []step{readFirst(false, 1), put1("b", 1)}},
		{steps: []step{readFirst(false, 1), put1("a", 1)}},
	}}.play},
	{"G2PhantomInLast", script{"ababab", []participant{
		{steps: []step{readFirst(true, 1), put1("zz", 1)}},
		{steps: []step{readFirst(true, 1), put1("zzz", 1)}},
	}}.play},
	{"G2PhantomBeforeBreak", script{"ababab", []participant{
		{steps: []step{readUntil("x"), put1("w", 1)}},
		{steps: []step{readUntil("x"), put1("v", 1)}},
	}}.play},
	{"G2TwoAntidependencies", script{"abbcccaa", []participant{
		{steps: []step{readAll, put1("x", 0)}},
		{steps: []step{add("y", 5)}},
		{steps: []step{readAll, readAll}, view: true},
	}}.play},
	{"OwnWritesHideNothing", script{"ababab", []participant{
		{steps: []step{put1("x", 1), readAll, copyTo("y", "x")}},
		{steps: []step{put1("y", 2), readAll, copyTo("x", "y")}},
	}}.play},
	{"SnapshotIsStable", script{"abbaccaa", []participant{
		{steps: []step{readAll, readAll, readAll}, view: true},
		{steps: []step{removeFrom("a")}},
		{steps: []step{put1("x", 1), put1("z", 1)}},
	}}.play},
}

func multipleOf(n int) func(int) bool { return func(v int) bool { return v%n == 0 } }

func put1(key string, v int) step { return func(c *cells) { c.put(key, v) } }
func read(key string) step        { return func(c *cells) { c.get(key) } }
func remove(key string) step      { return func(c *cells) { c.remove(key) } }
func removeFrom(key string) step  { return func(c *cells) { c.removeFrom(key) } }
func add(key string, n int) step  { return func(c *cells) { c.put(key, c.get(key)+n) } }
func copyTo(from, to string) step { return func(c *cells) { c.put(to, c.get(from)) } }

func readAll(c *cells) { c.first(false, 0) }

func readBoth(keys ...string) step { return func(c *cells) { c.both([2]string(keys)) } }

func readFrom(key string) step           { return func(c *cells) { c.from(key) } }
func readFirst(reverse bool, n int) step { return func(c *cells) { c.first(reverse, n) } }
func readUntil(key string) step          { return func(c *cells) { c.until(key) } }

func readWhere(match func(int) bool) step { return func(c *cells) { c.where(match) } }

func deleteWhere(match func(int) bool) step {
	return func(c *cells) {
		for _, key := range c.where(match) {
			c.remove(key)
		}
	}
}

func addAll(n int) step {
	return func(c *cells) {
		for _, key := range c.where(func(int) bool { return true }) {
			c.put(key, c.get(key)+n)
		}
	}
}
