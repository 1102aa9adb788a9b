using Pawl.Experiments;

namespace Pawl.Tests.Experiments;

/// <summary>Real flags between which and the orchestrator a test may step.</summary>
internal sealed class ScriptedFlags(IFlagProvider inner) : IFlagProvider
{
    public string Name => inner.Name;

    /// <summary>What is read in place of what stands there.</summary>
    public Func<ServedState?, ServedState?> Reads { get; set; } = state => state;

    /// <summary>Happens before a step.</summary>
    public Func<FlagStep, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Happens after a step is durable, before anybody hears of it.</summary>
    public Func<FlagStep, Task> After { get; set; } = _ => Task.CompletedTask;

    public async Task<ServedState?> ReadAsync(string key, CancellationToken cancellationToken) => Reads(await inner.ReadAsync(key, cancellationToken));

    public async Task<FlagStepOutcome> ApplyAsync(FlagStep step, StepCommit commit, CancellationToken cancellationToken)
    {
        await Before(step);
        var outcome = await inner.ApplyAsync(step, commit, cancellationToken);
        await After(step);
        return outcome;
    }
}
