using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary>What people give the commands about flags: JSON in place or in a file, splits, expressions, keys.</summary>
internal static class FlagInput
{
    private const double PercentTolerance = 1;

    /// <summary>JSON that begins with a brace, else the content of a file.</summary>
    public static byte[] JsonOrFile(string given, int largest) => given.TrimStart().StartsWith('{') ? Encoding.UTF8.GetBytes(given) : File(given, largest);

    /// <summary>The content of a file, unless it is larger than anything of its kind may be.</summary>
    public static byte[] File(string path, int largest)
    {
        if (!System.IO.File.Exists(path)) throw new BadInputException($"There is no file {path}.");
        var length = new FileInfo(path).Length;
        if (length > largest) throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{path} has {length} bytes, more than the {largest} that are read."));
        var bytes = System.IO.File.ReadAllBytes(path);
        return bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
    }

    /// <summary>A flag's document whose key must be the one that was named.</summary>
    public static Flag Document(string path, string key)
    {
        var flag = FlagJson.Read(File(path, Limits.FlagDocumentBytes));
        return flag.Key == key ? flag : throw new BadInputException($"{path} is the document of {flag.Key}, not of {key}. Name the flag that it is, or change its key.");
    }

    /// <summary><c>control=50,treatment=50</c>: percentages.</summary>
    public static List<(string Variant, double Weight)> Split(string given)
    {
        var split = new List<(string Variant, double Weight)>();
        foreach (var part in given.Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = part.LastIndexOf('=');
            if (equals < 1 || !double.TryParse(part.AsSpan(equals + 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent > 100)
                throw new BadInputException($"--split is a list of variants and percentages such as control=50,treatment=50, not \"{part}\".");
            var variant = part[..equals];
            if (split.Exists(arm => arm.Variant == variant)) throw new BadInputException($"{variant} stands in --split twice. Give it once, with its whole percentage.");
            split.Add((variant, percent / 100));
        }

        if (split.Count < 2) throw new BadInputException("--split needs two or more variants. To give everyone one variant, use --promote or --force.");

        var sum = split.Sum(s => s.Weight) * 100;
        return Math.Abs(sum - 100) <= PercentTolerance
            ? split
            : throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"The percentages of --split add up to {sum:0.##}, not to 100."));
    }

    /// <summary>The condition of an expression; undefined for none.</summary>
    public static JsonElement Where(string? expression) => expression is null ? default : ExposureRule.Compile(expression);

    /// <summary>Attributes: a JSON object.</summary>
    public static EvaluationContext Attributes(string? given)
    {
        if (given is null) return new EvaluationContext();
        try
        {
            return new EvaluationContext(Json.Parse(Encoding.UTF8.GetBytes(given)));
        }
        catch (JsonException e)
        {
            throw new BadInputException($"--attributes is no JSON: {e.Message} It looks like {{\"id\": \"7\", \"country\": \"US\"}}.", e);
        }
    }

    /// <summary><c>--encryption-key</c>, else <c>$PAWL_PAYLOAD_KEY</c>, else null.</summary>
    public static string? Key(string? given) =>
        given ?? (Environment.GetEnvironmentVariable("PAWL_PAYLOAD_KEY") is { Length: > 0 } key ? key : null);
}
