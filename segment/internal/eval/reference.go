package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// segments compiles a reference to other rules in place.
func (c *compiler) segments(n *rule.Compare) (cond, error) {
	if n.Op != rule.Contains && n.Op != rule.In && n.Op != rule.Equal {
		return nil, fmt.Errorf("segments are not compared by %v", n.Op)
	}
	var conds []cond
	for _, l := range n.Y {
		cond, err := c.segment(l.Text)
		if err != nil {
			return nil, err
		}
		conds = append(conds, cond)
	}
	return &anyOf{byWeight(conds)}, nil
}

func (c *compiler) segment(name string) (cond, error) {
	if slices.Contains(c.inside, name) {
		return nil, fmt.Errorf("segment %s asks for itself: %s", name, strings.Join(append(c.inside, name), " > "))
	}
	key := "segment " + name
	c.uses[key]++
	if s := c.conds[key]; s != nil {
		return s, nil
	}
	if c.resolve == nil {
		return nil, fmt.Errorf("segment %s is not known", name)
	}
	n, err := c.resolve(name)
	if err != nil {
		return nil, err
	}
	c.inside = append(c.inside, name)
	cond, err := c.node(n)
	c.inside = c.inside[:len(c.inside)-1]
	if err != nil {
		return nil, fmt.Errorf("segment %s: %w", name, err)
	}
	s := sharing(cond)
	c.conds[key] = s
	return s, nil
}
