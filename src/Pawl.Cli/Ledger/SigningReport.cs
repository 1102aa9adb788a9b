using System.Text.Json;

namespace Pawl.Cli.Ledger;

/// <summary>What came of signing after a change.</summary>
/// <param name="Size">How many receipts the newest checkpoint covers; null where none was made.</param>
/// <param name="IsSigned">Whether it covers the change.</param>
/// <param name="Problem">Why none was signed, or why the second place does not have it; null where all went well.</param>
internal sealed record SigningReport(long? Size, bool IsSigned, string? Problem)
{
    /// <summary>Writes it as the member <c>checkpoint</c>.</summary>
    public void Write(Utf8JsonWriter to)
    {
        to.WriteStartObject("checkpoint");
        if (Size is { } size) to.WriteNumber("size", size);
        else to.WriteNull("size");
        to.WriteBoolean("signed", IsSigned);
        to.WriteString("problem", Problem);
        to.WriteEndObject();
    }
}
