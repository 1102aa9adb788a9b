using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class DecideAndExecuteTests
{
    private static readonly Option[] Options = Made.Options("go", "stay");

    [Fact]
    public async Task DecideAndExecute_WorkThatSucceeds_RecordsResultAndTime()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();

        var result = run.DecideAndExecute("i", Options, "go", () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(123.6));
            return new { answer = 42 };
        }, "why");

        Assert.Equal(42, result.answer);
        var decision = (await recording.ReadAsync(run)).Decisions[0];
        Assert.Equal((true, """{"answer":42}""", 124L, "why"), (decision.Outcome!.Success, decision.Outcome.Result.GetRawText(), decision.Outcome.LatencyMs, decision.Reasoning));
    }

    [Fact]
    public async Task DecideAndExecute_WorkThatThrows_RecordsTheErrorAndRethrowsTheSame()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var error = new InvalidOperationException("no seats left");

        Assert.Same(error, Assert.Throws<InvalidOperationException>(() => run.DecideAndExecute<int>("i", Options, "go", () => throw error)));

        var outcome = (await recording.ReadAsync(run)).Decisions[0].Outcome!;
        Assert.Equal((false, "no seats left"), (outcome.Success, outcome.Error));
    }

    [Fact]
    public async Task DecideAndExecute_AResultWithoutJson_IsASuccessWithItsText()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.DecideAndExecute("i", Options, "go", () => double.PositiveInfinity);

        var outcome = (await recording.ReadAsync(run)).Decisions[0].Outcome!;

        Assert.Equal((true, "Infinity"), (outcome.Success, outcome.Result.GetString()));
    }

    [Fact]
    public async Task DecideAndExecute_AsynchronousWork_IsRefusedBeforeItStarts()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var started = 0;

        Refused(() => _ = run.DecideAndExecute("i", Options, "go", () => Task.FromResult(++started)));
        Refused(() => _ = run.DecideAndExecute("i", Options, "go", () => Started(Task.CompletedTask)));
        Refused(() => _ = run.DecideAndExecute("i", Options, "go", () => Started(ValueTask.CompletedTask)));
        Refused(() => _ = run.DecideAndExecute("i", Options, "go", () => ValueTask.FromResult(++started)));

        Assert.Equal(0, started);
        Assert.Empty((await recording.ReadAsync(run)).Decisions);

        static void Refused(Action act) => Assert.Throws<ArgumentException>(act);

        T Started<T>(T value)
        {
            started++;
            return value;
        }
    }

    [Fact]
    public async Task DecideAndExecuteAsync_WorkThatSucceeds_IsAwaitedBeforeItsTimeIsTaken()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();

        var result = await run.DecideAndExecuteAsync("i", Options, "go", async _ =>
        {
            await Task.Yield();
            clock.Advance(TimeSpan.FromMilliseconds(50));
            return "done";
        });

        Assert.Equal("done", result);
        var outcome = (await recording.ReadAsync(run)).Decisions[0].Outcome!;
        Assert.Equal((true, "done", 50L), (outcome.Success, outcome.Result.GetString(), outcome.LatencyMs));
    }

    [Fact]
    public async Task DecideAndExecuteAsync_WorkThatFailsLater_RecordsTheFailureAndRethrows()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();

        await Assert.ThrowsAsync<TimeoutException>(() => run.DecideAndExecuteAsync<int>("i", Options, "go", async _ =>
        {
            await Task.Yield();
            throw new TimeoutException("too slow");
        }));

        Assert.Equal("too slow", (await recording.ReadAsync(run)).Decisions[0].Outcome!.Error);
    }

    [Fact]
    public async Task DecideAndExecuteAsync_WorkThatIsCancelled_RecordsThatItWas()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.DecideAndExecuteAsync("i", Options, "go", token => Task.FromCanceled<int>(token), cancellationToken: cancelled.Token));

        var outcome = (await recording.ReadAsync(run)).Decisions[0].Outcome!;
        Assert.False(outcome.Success);
        Assert.StartsWith("Cancelled", outcome.Error);
    }

    [Fact]
    public async Task DecideAndExecute_OnAnEndedRun_DoesTheWorkAllTheSame()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        await run.EndRunAsync(RunStatus.Completed);

        Assert.Equal(7, run.DecideAndExecute("i", Options, "go", () => 7));
        Assert.Equal(8, await run.DecideAndExecuteAsync("i", Options, "go", _ => Task.FromResult(8)));
        Assert.Throws<TimeoutException>(() => run.DecideAndExecute<int>("i", Options, "go", () => throw new TimeoutException()));

        Assert.Empty((await recording.ReadAsync(run)).Decisions);
    }
}
