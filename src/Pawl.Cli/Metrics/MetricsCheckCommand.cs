using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pawl.Metrics;
using Pawl.Storage;

namespace Pawl.Cli.Metrics;

/// <summary><c>pawl metrics check</c></summary>
internal static class MetricsCheckCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("check", "Ask for every metric of pawl.yaml once, and say which cannot be measured and why. No experiment need exist.");
        command.SetAction(async (_, cancellationToken) =>
        {
            var configuration = MetricChecks.Quick(context.Metrics());
            await using var database = context.OpenDatabase();
            // Events are taken into Pawl's own database: where there is none yet there are none yet, and nothing is wrong.
            if (configuration.Sources.Values.Any(source => source is MetricSourceDefinition.Embedded or MetricSourceDefinition.Runs)) await database.WriteAsync(_ => true, cancellationToken);
            var sources = MetricSources.From(configuration, database, TimeProvider.System);
            var checks = await MetricChecks.RunAsync(configuration, sources, TimeProvider.System, cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, checks));
            else Show(checks);
            return checks.All(c => c.IsOk) ? ExitCode.Done : ExitCode.AnswerIsNo;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter to, IReadOnlyList<MetricCheck> checks)
    {
        to.WriteStartObject();
        to.WriteBoolean("ok", checks.All(c => c.IsOk));
        to.WriteStartArray("checks");
        foreach (var check in checks)
        {
            to.WriteStartObject();
            to.WriteString("name", check.Name);
            to.WriteString("source", check.Source);
            to.WriteBoolean("ok", check.IsOk);
            to.WriteString("fault", check.Fault is { } fault ? JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.ToString()) : null);
            to.WriteString("detail", check.Detail);
            to.WriteString("remedy", check.Remedy);
            to.WriteNumber("took_ms", (long)check.Took.TotalMilliseconds);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Show(IReadOnlyList<MetricCheck> checks)
    {
        if (checks.Count == 0)
        {
            Terminal.Line("No metrics are defined. They stand in pawl.yaml under metrics: definitions:");
            return;
        }

        var table = new Listing("=metric", "source", "=state", ">ms") { LeaveOut = ["ms"] };
        foreach (var check in checks)
        {
            table.Add(
                Terminal.Plain(check.Name), Terminal.Plain(check.Source), check.IsOk ? "[green]ok[/]" : "[red]fails[/]",
                check.Took.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture));
        }

        table.Show();
        foreach (var check in checks.Where(c => c.Detail is not null))
        {
            Terminal.Line($"{check.Name}: {check.Detail}");
            if (check.Remedy is { } remedy) Terminal.Line($"  {remedy}");
        }
    }
}
