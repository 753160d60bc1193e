"""One short class per DSL operator; each turns what comes after it into a callable."""
