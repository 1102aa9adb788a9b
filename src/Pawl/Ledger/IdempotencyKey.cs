using System.Text.Json;

namespace Pawl.Ledger;

/// <summary>
/// The key under which a thing is done at most once. It is derived from what is to be done, never random: whoever tries the same again,
/// after a crash or a lost answer, derives the same key and gets the first receipt.
/// </summary>
public static class IdempotencyKey
{
    /// <summary>Derives the key: the tool's name, then 32 hex digits of SHA-256 over the canonical JSON of all four.</summary>
    /// <param name="tool">What acts.</param>
    /// <param name="subject">On what.</param>
    /// <param name="step">The version expected before, or the step of a plan. It makes A → B → A three changes.</param>
    /// <param name="target">What is to be reached.</param>
    public static string Derive(string tool, string subject, string step, string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        return $"{tool}/{CanonicalJson.Digest(JsonSerializer.SerializeToElement(new[] { tool, subject, step, target }))[..32]}";
    }
}
