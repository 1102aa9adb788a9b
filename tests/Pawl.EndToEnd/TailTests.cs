using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>pawl run tail</c>, what a terminal shows, and output that nobody reads to its end.</summary>
public sealed class TailTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public TailTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Tail_OfARunThatGoesOn_ShowsEachEventOnceDurableAndEndsWithTheRun()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        using var tail = cli.Start("run", "tail", run);
        for (var n = 0; n < 3; n++)
        {
            await recorder.TakeAsync(Lines.Decide(run));
            while (await EventAsync(tail) is var seen && seen != ("decide", $"dec_{n}")) Assert.Equal("start_run", seen.Kind);
        }

        await recorder.TakeAsync(Lines.End(run));
        Assert.Equal(("end_run", null), await EventAsync(tail));
        Assert.Null(await tail.StandardOutput.ReadLineAsync());
        await tail.WaitForExitAsync();
        Assert.Equal(0, tail.ExitCode);
    }

    [Fact]
    public async Task Tail_OfARunWhoseProcessIsKilled_Ends()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        using var tail = cli.Start("run", "tail", run);
        Assert.Equal("start_run", (await EventAsync(tail)).Kind);

        await recorder.KillAsync();
        await tail.StandardOutput.ReadToEndAsync();
        await tail.WaitForExitAsync();

        Assert.Equal(0, tail.ExitCode);
        Assert.Equal("stuck", (await cli.JsonAsync("run", "show", run)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Tail_WhoseReaderIsGone_Ends()
    {
        using var recorder = cli.Record();
        await recorder.StartRunAsync();
        var shell = cli.ShellAsync($"{Cli.InShell} run tail | head -1");
        // It shows what comes from now on, so runs are started until it has seen enough and is gone.
        while (!shell.IsCompleted) await recorder.StartRunAsync();

        var ended = await shell;
        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Equal("start_run", Assert.Single(ended.Lines).GetProperty("event").GetString());
    }

    [Fact]
    public async Task Tail_WhoseReaderIsGone_EndsThoughNothingIsRecordedAnyMore()
    {
        using var recorder = cli.Record();
        await recorder.StartRunAsync();
        using var tail = cli.Start("run", "tail");
        var first = tail.StandardOutput.ReadLineAsync();
        while (!first.IsCompleted) await recorder.StartRunAsync();
        await first;

        tail.StandardOutput.Close();

        await tail.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((0, ""), (tail.ExitCode, await tail.StandardError.ReadToEndAsync()));
    }

    [Theory]
    [InlineData("run list")]
    [InlineData("--json run list")]
    [InlineData("run show $run")]
    [InlineData("--json run show $run")]
    [InlineData("--help")]
    public async Task AnyReader_IntoAClosedPipe_EndsWithoutAStackTrace(string command)
    {
        var (directory, run) = (HiveFiles.Write(temporary["hive"], 300), "run_000007");
        await cli.JsonAsync("run", "import", directory, "--format", "hive");

        var ended = await cli.ShellAsync($"run={run}; {Cli.InShell} {command} | head -1 | cut -c1-10; exit ${{PIPESTATUS[0]}}");

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
    }

    [Fact]
    public async Task List_OnATerminal_ShowsATableInColourAndWithoutColourWhenAsked()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "The program `script` (util-linux), which makes a terminal, is not installed.");
        await cli.JsonAsync("run", "import", HiveFiles.Write(temporary["hive"], 2), "--format", "hive");
        cli.With("TERM", "xterm-256color").With("COLUMNS", "160");

        var coloured = await cli.ShellAsync($"script -qec \"stty cols 160; {Cli.InShell} run list\" /dev/null");
        var plain = await cli.With("NO_COLOR", "1").ShellAsync($"script -qec \"stty cols 160; {Cli.InShell} run list\" /dev/null");
        var piped = await cli.RunAsync("run", "list");

        Assert.Contains("run_000001", coloured.Output);
        Assert.Contains("\u001b[", coloured.Output);
        Assert.Contains("run_000001", plain.Output);
        Assert.DoesNotContain("\u001b[3", plain.Output);
        Assert.DoesNotContain("\u001b", piped.Output);
        Assert.Contains("run_000001", piped.Output);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    [InlineData(40)]
    public async Task AnyTable_OnANarrowTerminal_KeepsIdsInOnePiece(int columns)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "The program `script` (util-linux), which makes a terminal, is not installed.");
        string run;
        using (var recorder = cli.Record())
        {
            run = await recorder.StartRunAsync("a goal whose name is rather long");
            await recorder.TakeAsync(Lines.Decide(run));
            await recorder.TakeAsync($$"""{"event":"record_outcome","run_id":"{{run}}","decision_id":"dec_0","success":false,"error":"The file is locked by another process"}""");
            await recorder.TakeAsync(Lines.End(run, "failed"));
            await recorder.EndAsync();
        }

        cli.With("TERM", "xterm").With("NO_COLOR", "1");
        foreach (var (command, id) in new[] { ("run list", run), ("insights patterns --goal \"$goal\"", run + "/dec_0"), ("insights nodes --goal \"$goal\"", run + "/dec_0") })
        {
            var shown = await cli.ShellAsync($"export goal='a goal whose name is rather long'; script -qec 'stty cols {columns}; {Cli.InShell.Replace("'", "\"")} {command}' /dev/null");
            Assert.Contains(id, shown.Output);
            Assert.All(shown.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, Math.Max(columns, 80)));
        }
    }

    public void Dispose() => temporary.Dispose();

    private static async Task<(string? Kind, string? Decision)> EventAsync(System.Diagnostics.Process tail)
    {
        var line = JsonSerializer.Deserialize<JsonElement>((await tail.StandardOutput.ReadLineAsync())!);
        return (line.GetProperty("event").GetString(), line.TryGetProperty("decision_id", out var id) ? id.GetString() : null);
    }
}
