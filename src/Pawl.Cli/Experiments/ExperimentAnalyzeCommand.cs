using System.CommandLine;
using System.Globalization;
using Pawl.Experiments.Files;
using Pawl.Statistics;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment analyze FILE --unit COLUMN --arm COLUMN --control ARM --metric COLUMN:KIND</c></summary>
internal static class ExperimentAnalyzeCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new AnalysisOptions(
            AnalysisMethod.Fixed, "The split agreed on, such as control=50,treatment=50. Default: even.", AnalysisMethod.Fixed, AnalysisMethod.Sequential);
        var unit = new Option<string>("--unit") { Description = "The column of the unit's id.", HelpName = "COLUMN", Required = true };
        var arm = new Option<string>("--arm") { Description = "The column of the arm's name.", HelpName = "COLUMN", Required = true };
        var control = new Option<string>("--control") { Description = "The arm that the others are compared with.", HelpName = "ARM", Required = true };
        var metrics = new Option<string[]>("--metric")
        {
            Description = "COLUMN:mean, COLUMN:mean:cap=PERCENTILE or COLUMN:proportion; again for each further metric.",
            HelpName = "METRIC",
            Required = true,
        };
        var command = new Command("analyze", "The effects in an experiment whose rows are in a CSV file.") { unit, arm, control, metrics };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var analysis = new FileAnalysis
            {
                Unit = parsed.GetValue(unit)!,
                Arm = parsed.GetValue(arm)!,
                Control = parsed.GetValue(control)!,
                Metrics = [.. parsed.GetValue(metrics)!.Select(MetricColumn.Parse)],
                Rule = options.Rule(parsed),
                Split = options.Split(parsed),
            };
            var (content, name) = options.Open(parsed);
            var report = analysis.Run(content, name);
            if (context.IsJson) CommandContext.WriteJson(to => AnalysisJson.Write(to, report));
            else Show(report, analysis);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(AnalysisReport report, FileAnalysis analysis)
    {
        Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{report.Units} units in {report.Metrics[0].Arms.Count} arms, {report.Crossovers} more left out that were seen in several."));
        if (report.HasManyCrossovers) Terminal.Markup("[red]These are more than 1%: assignment or logging is broken, and nothing can be concluded.[/]");
        Terminal.Markup(report.IsMismatch
            ? $"[red]Sample ratio mismatch (p={P(report.SplitP)}): the arms do not have the shares agreed on, and nothing can be concluded.[/]"
            : $"The arms have the shares agreed on (p={P(report.SplitP)}).");
        foreach (var metric in report.Metrics) Show(metric, analysis.Rule);
    }

    private static void Show(MetricReport metric, AnalysisRule rule)
    {
        var cap = metric.CappedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $", capped at {at:G6}") : "";
        Terminal.Title($"{metric.Metric.Name} ({AnalysisJson.Word(metric.Metric.Kind)}{cap}; {AnalysisJson.Word(metric.Method)} test)");
        var level = ((1 - (rule.Alpha / (metric.Arms.Count - 1))) * 100).ToString("0.##", CultureInfo.InvariantCulture);
        var table = new Listing("arm", ">units", ">mean", ">absolute", $">{level}% interval", ">p", ">relative", $">{level}% interval ", ">p ", "remark");
        foreach (var arm in metric.Arms)
        {
            var effects = metric.Effects.Where(e => e.Arm == arm.Arm).ToDictionary(e => e.Difference);
            var absolute = effects.GetValueOrDefault(Difference.Absolute);
            var relative = effects.GetValueOrDefault(Difference.Relative);
            table.Add(
                Terminal.Plain(Terminal.Short(arm.Arm, 60)), arm.Units.ToString(CultureInfo.InvariantCulture), Number(arm.Mean),
                Number(absolute?.Estimate), Interval(absolute, Number), P(absolute?.P),
                Share(relative?.Estimate), Interval(relative, Share), P(relative?.P),
                (absolute?.Reason ?? relative?.Reason) is { } reason ? AnalysisJson.Word(reason).Replace('_', ' ') : "");
        }

        table.Show();
    }

    private static string Interval(EffectReport? effect, Func<double?, string> format) => effect?.Lower is null ? "" : $"{format(effect.Lower)} to {format(effect.Upper)}";

    private static string Number(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture) ?? "";

    private static string Share(double? value) => value?.ToString("+0.00%;-0.00%;0.00%", CultureInfo.InvariantCulture) ?? "";

    private static string P(double? value) => value?.ToString(value < 0.0001 ? "0.0e+0" : "0.####", CultureInfo.InvariantCulture) ?? "";
}
