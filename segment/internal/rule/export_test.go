package rule

// Syntax reads a text without looking at names and types, and returns what is
// wrong with it, and how many bytes and tokens were looked at.
func Syntax(text string) (error, int) {
	p := &parser{lexer: lexer{ledger: &ledger{}, text: text}}
	p.rule()
	return p.err(text), p.steps
}
