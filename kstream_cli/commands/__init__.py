"""The commands of the kstream command line, one file each."""
