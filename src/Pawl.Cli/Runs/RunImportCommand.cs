using System.CommandLine;
using System.Globalization;
using Pawl.Runs.Formats;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run import PATH --format hive|tau-bench</c></summary>
internal static class RunImportCommand
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A hive directory or run file, or a file of tau-bench trajectories." };
        var format = new Option<string>("--format") { Description = "What is there: hive or tau-bench.", Required = true };
        format.AcceptOnlyFromAmong("hive", "tau-bench");
        var goal = new Option<string?>("--goal") { Description = "The goal of the runs. Default: hive, what the files say; tau-bench, the file's name.", HelpName = "GOAL" };
        var zone = new Option<string?>("--timezone") { Description = "The zone of times that name none, such as Europe/Berlin. Default: this machine's.", HelpName = "ZONE" };
        var command = new Command("import", "Import runs that other tools recorded. Importing the same again adds nothing.") { path, format, goal, zone };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var importer = new RunImporter(database, database.Runs);
            var from = parsed.GetValue(path)!;
            var name = parsed.GetValue(goal);
            if (name is "") throw new BadInputException("The goal given with --goal is empty.");
            var progress = Console.IsErrorRedirected ? null : new Counter();
            var report = parsed.GetValue(format) == "hive"
                ? await importer.HiveAsync(from, name, Zone(parsed.GetValue(zone)), progress, cancellationToken)
                : await importer.TauBenchAsync(from, name, progress, cancellationToken);
            progress?.Clear();
            Show(context, report, name);
            return report.Imported + report.Duplicates == 0 && report.Rejected.Count > 0 ? ExitCode.BadInput : ExitCode.Done;
        });
        return command;
    }

    private static void Show(CommandContext context, ImportReport report, string? goal)
    {
        if (context.IsJson)
        {
            CommandContext.WriteJson(to =>
            {
                to.WriteStartObject();
                to.WriteNumber("imported", report.Imported);
                to.WriteNumber("duplicates", report.Duplicates);
                to.WriteStartArray("rejected");
                foreach (var (file, reason) in report.Rejected)
                {
                    to.WriteStartObject();
                    to.WriteString("file", file);
                    to.WriteString("reason", reason);
                    to.WriteEndObject();
                }

                to.WriteEndArray();
                to.WriteStartArray("runs");
                foreach (var id in report.Runs) to.WriteStringValue(id.Value);
                to.WriteEndArray();
                to.WriteEndObject();
            });
            return;
        }

        Terminal.Line($"{report.Imported} imported, {report.Duplicates} there already, {report.Rejected.Count} rejected");
        foreach (var (file, reason) in report.Rejected.Take(20)) Terminal.Error($"  {file}: {reason}");
        if (report.Rejected.Count > 20) Terminal.Error($"  … and {report.Rejected.Count - 20} more; --json lists them all");
        if (report.Imported > 0) Terminal.Line(goal is null ? "Next: pawl run list" : $"Next: pawl insights suggest --goal {goal}");
    }

    private static TimeZoneInfo Zone(string? id)
    {
        if (id is null) return TimeZoneInfo.Local;
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new BadInputException($"There is no time zone \"{id}\" on this machine. Names look like Europe/Berlin or UTC.");
    }

    /// <summary>Shows on a terminal that a long import goes on.</summary>
    private sealed class Counter : IProgress<int>
    {
        private const int Every = 250;
        private bool _shown;

        public void Report(int value)
        {
            if (value % Every != 0) return;
            _shown = true;
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{value:N0} runs read"));
        }

        public void Clear()
        {
            if (_shown) Console.Error.Write("\r                              \r");
        }
    }
}
