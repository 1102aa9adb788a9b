using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pawl.Changes;

/// <summary>How changes and results of gates are stored.</summary>
internal static class ChangeJson
{
    /// <summary>A change as it is stored.</summary>
    public static string Write(Change change) => JsonSerializer.Serialize(change, ChangeJsonContext.Default.Change);

    /// <summary>Reads what <see cref="Write(Change)"/> wrote.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static Change ReadChange(string text) => JsonSerializer.Deserialize(text, ChangeJsonContext.Default.Change) ?? throw new JsonException("A change is null.");

    /// <summary>A result as it is stored.</summary>
    public static string Write(GateResult result) => JsonSerializer.Serialize(result, ChangeJsonContext.Default.GateResult);

    /// <summary>Reads what <see cref="Write(GateResult)"/> wrote.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static GateResult ReadResult(string text) => JsonSerializer.Deserialize(text, ChangeJsonContext.Default.GateResult) ?? throw new JsonException("A result is null.");
}

// Every member is always written: the source generator drops the defaults of init members that are missing.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Change))]
[JsonSerializable(typeof(GateResult))]
internal sealed partial class ChangeJsonContext : JsonSerializerContext;
