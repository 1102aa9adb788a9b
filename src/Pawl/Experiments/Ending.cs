namespace Pawl.Experiments;

/// <summary>The end of an experiment: what the flag serves is read back and compared with what the verdict demands, and only then the state is reported.</summary>
internal sealed class Ending(ExperimentServices services, ExperimentSteps steps)
{
    /// <summary>Reports the end, or puts on record that the flag serves something else, so that it is set right as another act.</summary>
    /// <returns>Whether the flag serves what the verdict demands.</returns>
    public async Task<bool> ConfirmAsync(Contract contract, CancellationToken cancellationToken)
    {
        // The verdict that stands before the flag is read: where somebody speaks meanwhile, what was read confirms nothing.
        if (services.Experiments.Read(view => view.Find(contract.Id)) is not { Verdict: { } verdict } experiment) throw new ExperimentMovedException(contract.Id);
        var arm = (verdict as Verdict.Promote)?.Arm ?? ExperimentRequest.ControlName;
        var served = await services.Flags.ReadAsync(contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false);
        if (served?.IsEveryones(arm) == true || ExperimentSteps.IsUntouched(experiment, served))
        {
            if (experiment.EndedAt is null) await PutAsync(experiment with { EndedAt = services.Now }, cancellationToken).ConfigureAwait(false);
            return true;
        }

        var state = await steps.StateAsync(contract, cancellationToken).ConfigureAwait(false);
        var proposal = RuleBasedPlanner.Settlement(contract, state with { IsSettled = false, FlagVersion = served?.Version ?? 0 }, verdict);
        var found = served is null ? "there is no flag any more" : $"at version {served.Version} it serves {(served.HasRules ? "a split or a rule" : served.Default ?? "nothing")}";
        await steps.NoteRefusalAsync(contract, proposal, [$"{contract.Terms.FlagKey} was read back: {found}, and {arm} is demanded for everyone"], cancellationToken).ConfigureAwait(false);
        if (served is null) throw new StepRefusedException([$"the flag {contract.Terms.FlagKey} is gone"]);
        await PutAsync(experiment with { SettledVersion = null, EndingVersion = served.Version }, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private Task<bool> PutAsync(Experiment next, CancellationToken cancellationToken) => services.Store.WriteAsync(
        transaction => services.Experiments.TryPut(transaction, next with { Version = next.Version + 1 }) ? true : throw new ExperimentMovedException(next.Id),
        cancellationToken);
}
