using System.CommandLine;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Pawl.Runs;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run tail [RUN]</c></summary>
internal static class RunTailCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("RUN") { Description = "Only this run, from its start, until it ends. Default: all, from now on.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("tail", "Follow events as they are recorded, a JSON line each.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var run = parsed.GetValue(id) is { } given ? (await RunShowCommand.FindAsync(database.Runs, given, cancellationToken)).Id.Value : null;
            try
            {
                await FollowAsync(database.Runs, run, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C is how one stops following.
            }
            catch (IOException)
            {
                // So is closing the pipe, as `head` does.
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task FollowAsync(IRunStore runs, string? run, CancellationToken cancellationToken)
    {
        // The console's own stream says nothing when nobody reads any more.
        await using var output = new StreamWriter(new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write));
        var page = await runs.EventsAsync(run is null ? null : 0, cancellationToken);
        var ended = false;
        while (true)
        {
            foreach (var line in page.Lines)
            {
                var (of, kind) = Fields(line);
                if (run is not null && of != run) continue;
                await output.WriteAsync(line + "\n");
                if (run is not null && kind is "end_run") return;
            }

            await output.FlushAsync(cancellationToken);
            if (page.Lines.Count == 0)
            {
                if (ended || OutputPipe.IsAbandoned()) return;
                ended = run is not null && await HasEndedAsync(runs, run, cancellationToken); // its last events may have come meanwhile: they are shown first
                if (!ended) await Task.Delay(Pause, cancellationToken);
            }

            page = await runs.EventsAsync(page.Position, cancellationToken);
        }
    }

    private static (string? Run, string? Kind) Fields(string line)
    {
        using var json = JsonDocument.Parse(line);
        return (json.RootElement.GetProperty("run_id").GetString(), json.RootElement.GetProperty("event").GetString());
    }

    private static async Task<bool> HasEndedAsync(IRunStore runs, string run, CancellationToken cancellationToken) =>
        (await runs.FindAsync(RunId.Parse(run), cancellationToken))?.Status is not RunStatus.Running;
}
