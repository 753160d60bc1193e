"""The native way in and out of Kafka: a C extension, built where there is a compiler (`build.py`), and optional."""
