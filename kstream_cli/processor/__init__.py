"""The Processor API and the contract that every operator fulfils."""
