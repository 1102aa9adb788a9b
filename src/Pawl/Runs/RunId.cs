using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pawl.Runs;

/// <summary>
/// The id of a run: 1 to 128 of the characters <c>A–Z a–z 0–9 . _ -</c>, not starting with a dot. Those that Pawl gives out read
/// <c>run_20261120_235749_015f59b4</c> (UTC, then 8 random hex digits). <c>default</c> is no id, and stores refuse it.
/// </summary>
[JsonConverter(typeof(Converter))]
public readonly record struct RunId : IParsable<RunId>
{
    private readonly string? _value;

    private RunId(string value) => _value = value;

    /// <summary>The id as text.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Value => _value ?? throw new InvalidOperationException("A default RunId is no id.");

    /// <summary>Reads an id.</summary>
    /// <exception cref="BadInputException">The text is no valid id.</exception>
    public static RunId Parse(string s) => Parse(s, null);

    /// <inheritdoc cref="Parse(string)"/>
    public static RunId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new BadInputException(
            $"\"{Shown(s)}\" is no run id. One has 1 to 128 of the characters A-Z a-z 0-9 . _ - and does not start with a dot.");

    /// <summary>Reads an id; false where the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out RunId result)
    {
        var valid = s is { Length: > 0 and <= 128 } && s[0] != '.' && !s.AsSpan().ContainsAnyExcept(Allowed);
        result = valid ? new RunId(s!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";

    internal static RunId Create(DateTimeOffset now, uint random) =>
        new(string.Create(CultureInfo.InvariantCulture, $"run_{now.UtcDateTime:yyyyMMdd_HHmmss}_{random:x8}"));

    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private sealed class Converter : JsonConverter<RunId>
    {
        public override RunId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryParse(reader.GetString(), null, out var id) ? id : throw new JsonException("This is no run id.");

        public override void Write(Utf8JsonWriter writer, RunId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
