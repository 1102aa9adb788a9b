namespace Pawl.Ledger;

/// <summary>What came of appending a receipt.</summary>
public abstract record AppendOutcome
{
    private AppendOutcome()
    {
    }

    /// <summary>It is in the ledger once the transaction commits.</summary>
    /// <param name="Receipt">As it stands there.</param>
    public sealed record Appended(Receipt Receipt) : AppendOutcome;

    /// <summary>The same was completed before: nothing is to be done, and nothing was appended.</summary>
    /// <param name="Receipt">The first receipt.</param>
    public sealed record Repeated(Receipt Receipt) : AppendOutcome;

    /// <summary>The key was completed before with other arguments: nothing was appended.</summary>
    /// <param name="Receipt">The receipt that holds the key.</param>
    /// <param name="GivenDigest">The digest of the arguments given now.</param>
    public sealed record Refused(Receipt Receipt, string GivenDigest) : AppendOutcome
    {
        /// <summary>The refusal in words, naming both digests.</summary>
        public string Message =>
            $"The key {Receipt.Key} was completed by receipt {Receipt.Seq} ({Receipt.Ref}) with arguments {Receipt.ArgsDigest}; these are {GivenDigest}. "
            + "The same key must mean the same act: derive a new key for a new one.";
    }
}
