namespace Pawl.Cli.Ledger;

/// <summary>What was asked for cannot be said of a ledger that does not hold. Ends with exit code 1: the answer is no.</summary>
internal sealed class LedgerBrokenException(string message) : Exception(message);
