using System.CommandLine;
using System.Globalization;
using Pawl.Experiments.Files;

namespace Pawl.Cli.Experiments;

/// <summary>What the commands about data one already has share.</summary>
internal sealed class AnalysisOptions
{
    private readonly Option<string> _method;
    private readonly Option<string?> _alpha = new("--alpha") { Description = "The chance accepted of an effect where there is none. Default: 0.05.", HelpName = "A" };
    private readonly Option<string?> _plannedUnits = new("--planned-units")
    {
        Description = "N*: the units of both arms at which the sequential test is tightest. Fix it before you look. Default: 5000.",
        HelpName = "N",
    };

    private readonly Option<string?> _split;

    public AnalysisOptions(AnalysisMethod byDefault, string split, params AnalysisMethod[] methods)
    {
        string[] words = [.. methods.Select(AnalysisJson.Word)];
        _method = new Option<string>("--method") { Description = $"How effects are tested. Default: {AnalysisJson.Word(byDefault)}.", DefaultValueFactory = _ => AnalysisJson.Word(byDefault) };
        _method.AcceptOnlyFromAmong(words);
        _split = new Option<string?>("--split") { Description = split, HelpName = "SPLIT" };
    }

    public Argument<string> File { get; } = new("FILE") { Description = "A CSV file with a heading." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(File);
        foreach (var option in new Option[] { _method, _alpha, _plannedUnits, _split }) command.Options.Add(option);
    }

    public AnalysisRule Rule(ParseResult parsed) => new()
    {
        Method = Enum.Parse<AnalysisMethod>(parsed.GetValue(_method)!, ignoreCase: true),
        Alpha = Number(parsed.GetValue(_alpha), "--alpha is a number above 0 and below 0.5", value => value is > 0 and < 0.5) ?? 0.05,
        PlannedUnits = Number(parsed.GetValue(_plannedUnits), "--planned-units is a number from 2 to 1e15", value => value is >= 2 and <= 1e15) ?? 5000,
    };

    public ArmSplit? Split(ParseResult parsed) => parsed.GetValue(_split) is { } text ? ArmSplit.Parse(text) : null;

    /// <summary>The file and what to call it.</summary>
    public (Stream Content, string Name) Open(ParseResult parsed)
    {
        var path = parsed.GetValue(File)!;
        if (!System.IO.File.Exists(path)) throw new BadInputException($"There is no file {path}.");
        return (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan), path);
    }

    private static double? Number(string? text, string rule, Func<double, bool> isGood)
    {
        if (text is null) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && isGood(number)
            ? number
            : throw new BadInputException($"{rule}, not \"{text}\".");
    }
}
