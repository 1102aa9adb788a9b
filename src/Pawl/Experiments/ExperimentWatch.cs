namespace Pawl.Experiments;

/// <summary>Waits until an experiment is to be looked at.</summary>
public interface ILookScheduler
{
    /// <summary>Returns when the time has come, or somewhat before: whoever waits asks the experiment what is due.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="due">When its next look is due.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task WaitAsync(string experiment, DateTimeOffset due, CancellationToken cancellationToken);
}

/// <summary>Waits in this process, by its clock.</summary>
/// <param name="clock">The clock.</param>
public sealed class InProcessScheduler(TimeProvider clock) : ILookScheduler
{
    // Other processes and people change an experiment too, so none is left alone for longer.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public Task WaitAsync(string experiment, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var left = due - clock.GetUtcNow();
        return left <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(left < LongestWait ? left : LongestWait, clock, cancellationToken);
    }
}

/// <summary>Looks at an experiment on its schedule until it ends.</summary>
/// <param name="orchestrator">Carries it on.</param>
/// <param name="scheduler">Waits between looks.</param>
public sealed class ExperimentWatch(Orchestrator orchestrator, ILookScheduler scheduler)
{
    /// <summary>Watches. What is not available now is told and tried again at the next turn: an experiment is not left alone because its database was busy.</summary>
    /// <param name="id">The experiment.</param>
    /// <param name="tell">Hears what came of each turn at which something was done.</param>
    /// <param name="fail">Hears of a turn that failed.</param>
    /// <param name="cancellationToken">Stops to watch.</param>
    /// <exception cref="BadInputException">There is no such experiment.</exception>
    public async Task<AdvanceOutcome.Ended> RunAsync(string id, Func<AdvanceOutcome, Task> tell, Action<string> fail, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tell);
        ArgumentNullException.ThrowIfNull(fail);
        AdvanceOutcome.Waiting? last = null;
        while (true)
        {
            try
            {
                var outcome = await orchestrator.AdvanceAsync(id, cancellationToken).ConfigureAwait(false);
                if (outcome is AdvanceOutcome.Ended ended) return ended;
                var waiting = (AdvanceOutcome.Waiting)outcome;
                if (last is null || waiting.Look is not null || waiting.Why != last.Why) await tell(waiting).ConfigureAwait(false);
                last = waiting;
            }
            catch (UnavailableException e) when (last is not null)
            {
                fail(e.Message);
                last = last with { Next = DateTimeOffset.MaxValue };
            }

            await scheduler.WaitAsync(id, last.Next, cancellationToken).ConfigureAwait(false);
        }
    }
}
