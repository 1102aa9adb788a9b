using Pawl.Ledger;

namespace Pawl.Experiments.Golden;

/// <summary>Flags in whose middle the process dies once: after a step's effect and receipt are durable, before anybody hears of it.</summary>
internal sealed class CrashingFlags(IFlagProvider inner, string after) : IFlagProvider
{
    private bool _hasDied;

    public string Name => inner.Name;

    public Task<ServedState?> ReadAsync(string key, CancellationToken cancellationToken) => inner.ReadAsync(key, cancellationToken);

    public async Task<FlagStepOutcome> ApplyAsync(FlagStep step, StepCommit commit, CancellationToken cancellationToken)
    {
        var tool = "";
        var outcome = await inner.ApplyAsync(step, Committed, cancellationToken).ConfigureAwait(false);
        if (tool != after || _hasDied) return outcome;
        _hasDied = true;
        throw new Died();

        void Committed(ITransaction transaction, Receipt receipt)
        {
            tool = receipt.Tool;
            commit(transaction, receipt);
        }
    }

    /// <summary>The process is dead.</summary>
    public sealed class Died : Exception;
}
