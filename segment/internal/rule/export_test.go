package rule

// Syntax reads a text without looking at names and types, and returns how many
// bytes and tokens were looked at, and what is wrong with it.
func Syntax(text string) (int, error) {
	p := &parser{lexer: lexer{ledger: &ledger{}, text: text}}
	p.rule()
	return p.steps, p.of(text)
}
