using System.CommandLine;
using System.Text;
using Pawl.Experiments;
using Pawl.Experiments.Golden;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Storage;

namespace Pawl.Cli.Golden;

/// <summary><c>pawl golden run [DIR]</c></summary>
internal static class GoldenRunCommand
{
    // Any day will do, as long as it is the same: contracts with a blackout name theirs.
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder of golden traces, or one of them.", DefaultValueFactory = _ => "golden" };
        var accept = new Option<bool>("--accept") { Description = "Write what happened into the traces as what is expected from now on." };
        var command = new Command("run", "Replay golden traces on a virtual clock, and show what goes otherwise than expected.") { folder, accept };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var files = Files(parsed.GetValue(folder)!);
            var results = new List<(string File, GoldenResult Result)>();
            foreach (var file in files)
            {
                var result = await ReplayAsync(file, cancellationToken);
                results.Add((file, result));
                if (parsed.GetValue(accept) && !result.IsAsExpected) await AcceptAsync(file, result, cancellationToken);
                if (context.IsJson) continue;
                if (parsed.GetValue(accept) && !result.IsAsExpected) Terminal.Line($"{file}: {result.Steps.Count} steps accepted. Read them: they are what is right from now on.");
                else Show(file, result);
            }

            var failed = parsed.GetValue(accept) ? 0 : results.Count(r => !r.Result.IsAsExpected);
            if (context.IsJson) Write(results);
            else Terminal.Line($"{results.Count - failed} of {results.Count} golden traces go as expected.");
            return failed == 0 ? ExitCode.Done : ExitCode.AnswerIsNo;
        });
        return command;
    }

    private static string[] Files(string folder)
    {
        if (File.Exists(folder)) return [folder];
        if (!Directory.Exists(folder)) throw new BadInputException($"There is no folder {folder} of golden traces.");
        string[] files = [.. Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new BadInputException($"The folder {folder} holds no golden trace (*.yaml).");
    }

    private static async Task<GoldenResult> ReplayAsync(string file, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(file).Length;
        if (bytes > Limits.ExperimentRequestBytes) throw new BadInputException($"{file} has {bytes} bytes, more than the {Limits.ExperimentRequestBytes} allowed.");
        var scratch = Directory.CreateTempSubdirectory("pawl-golden-").FullName;
        try
        {
            var trace = GoldenReader.Read(await File.ReadAllBytesAsync(file, cancellationToken));
            var clock = new GoldenClock(Start);
            await using var database = Database.Open(Path.Combine(scratch, "golden.db"));
            return await GoldenRunner.RunAsync(trace, Stage(database, clock), clock, cancellationToken);
        }
        catch (BadInputException e)
        {
            throw new BadInputException($"{file}: {e.Message}", e);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    internal static ExperimentServices Stage(Database database, TimeProvider clock) => new()
    {
        Store = database,
        Experiments = database.Experiments,
        Receipts = database.Ledger,
        Flags = new PawlFlagProvider(database, database.Flags, new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, clock))),
        Metrics = new Dictionary<string, MetricDefinition>(StringComparer.Ordinal),
        Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal),
        Policy = new Policy { Id = "no_policy" },
        Clock = clock,
        Actor = "agent:golden",
    };

    // The expected steps are the end of a trace, so that the rest stays as its author wrote it.
    private static async Task AcceptAsync(string file, GoldenResult result, CancellationToken cancellationToken)
    {
        var lines = (await File.ReadAllLinesAsync(file, cancellationToken)).TakeWhile(line => !line.StartsWith("expected:", StringComparison.Ordinal)).ToList();
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(line).Append('\n');
        text.Append("expected:\n");
        foreach (var step in result.Steps) text.Append("  - \"").Append(step).Append("\"\n");
        await File.WriteAllTextAsync(file, text.ToString(), cancellationToken);
    }

    private static void Show(string file, GoldenResult result)
    {
        if (result.IsAsExpected)
        {
            Terminal.Markup($"[green]ok[/]    {Terminal.Plain(result.Trace.Name)}");
            return;
        }

        Terminal.Markup($"[red]differs[/]  {Terminal.Plain(result.Trace.Name)}  {Terminal.Plain(file)}");
        foreach (var line in StepDiff.Of(result.Trace.Expected, result.Steps)) Terminal.Line("  " + line);
    }

    private static void Write(List<(string File, GoldenResult Result)> results) => CommandContext.WriteJson(to =>
    {
        to.WriteStartArray();
        foreach (var (file, result) in results)
        {
            to.WriteStartObject();
            to.WriteString("file", file);
            to.WriteString("name", result.Trace.Name);
            to.WriteBoolean("as_expected", result.IsAsExpected);
            to.WriteStartArray("diff");
            if (!result.IsAsExpected)
            {
                foreach (var line in StepDiff.Of(result.Trace.Expected, result.Steps)) to.WriteStringValue(line);
            }

            to.WriteEndArray();
            to.WriteEndObject();
        }

        to.WriteEndArray();
    });
}
