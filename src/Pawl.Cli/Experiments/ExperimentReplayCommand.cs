using System.CommandLine;
using System.Globalization;
using Pawl.Experiments.Files;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment replay FILE</c></summary>
internal static class ExperimentReplayCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new AnalysisOptions(
            AnalysisMethod.Sequential, "The split agreed on, control first, such as 50,50; with it a sample ratio mismatch ends a series.",
            AnalysisMethod.Fixed, AnalysisMethod.Sequential, AnalysisMethod.Peeking);
        var command = new Command("replay", "What a rule would have decided, and when, in experiments whose checkpoints are in a CSV file.");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var replay = new Replay { Rule = options.Rule(parsed), Split = options.Split(parsed) };
            var (content, name) = options.Open(parsed);
            var report = replay.Run(content, name);
            if (context.IsJson) CommandContext.WriteJson(to => AnalysisJson.Write(to, report));
            else Show(report);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(ReplayReport report)
    {
        var found = report.Series.Where(s => s.FirstSignificantAt is not null || s.IsSignificantAtLastRow || s.MismatchAt is not null).ToList();
        if (found.Count > 0)
        {
            var table = new Listing("experiment", "variant", "metric", ">rows", ">decided at", ">last row", ">split p") { LeaveOut = ["split p", "rows"] };
            foreach (var series in found)
            {
                table.Add(
                    Terminal.Plain(series.ExperimentId), Terminal.Plain(series.VariantId), Terminal.Plain(series.MetricId), series.Rows.ToString(CultureInfo.InvariantCulture),
                    series.MismatchAt is { } broken ? $"[red]split broken at {Time(broken)}[/]" : Time(series.FirstSignificantAt),
                    Confirmation(series), series.SplitP.ToString("G2", CultureInfo.InvariantCulture));
            }

            table.Show();
        }

        Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Series.Count} series, {AnalysisJson.Word(report.Method)}: an effect found in {report.SignificantEver}, {report.NotConfirmed} of them not confirmed by the last row; {report.SignificantAtLastRow} significant at the last row."));
        if (report.SkippedRows > 0)
            Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"Left out: {report.SkippedRows} rows that lack a number or units, and {report.SkippedSeries} series that have no other."));
    }

    private static string Confirmation(ReplaySeries series) =>
        series.IsSignificantAtLastRow ? "[green]significant[/]" : series.FirstSignificantAt is null ? "" : "[yellow]not confirmed[/]";

    private static string Time(double? time) => time?.ToString("G6", CultureInfo.InvariantCulture) ?? "";
}
