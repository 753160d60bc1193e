"""`kstream query`, `status` and `why`: what stores hold, how an application is, and why nothing comes out of it."""
