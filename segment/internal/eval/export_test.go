package eval

// NthOf is nthOf, for its test.
var NthOf = nthOf
