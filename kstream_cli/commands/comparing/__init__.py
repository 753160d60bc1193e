"""`kstream diff`: where the two topologies come from, and how the findings are shown."""
