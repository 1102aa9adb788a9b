namespace Pawl.Experiments;

/// <summary>The end of an experiment: what the flag serves is read back and compared with what the verdict demands, and only then the state is reported.</summary>
internal sealed class Ending(ExperimentServices services, ExperimentSteps steps)
{
    /// <summary>Reports the end, or puts on record that the flag serves something else, so that it is set right as another act.</summary>
    public async Task ConfirmAsync(Experiment experiment, Verdict verdict, CancellationToken cancellationToken)
    {
        var contract = experiment.Contract;
        var arm = (verdict as Verdict.Promote)?.Arm ?? ExperimentRequest.ControlName;
        var served = await services.Flags.ReadAsync(contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false);
        if (served?.IsEveryones(arm) == true || (served is null && experiment.AllocatedAt is null))
        {
            await PutAsync(contract.Id, before => before.EndedAt is null ? before with { EndedAt = services.Now } : before, cancellationToken).ConfigureAwait(false);
            return;
        }

        var state = await steps.StateAsync(contract, cancellationToken).ConfigureAwait(false);
        var proposal = RuleBasedPlanner.Settlement(contract, state with { IsSettled = false }, verdict);
        var found = served is null ? "there is no flag any more" : $"at version {served.Version} it serves {(served.HasRules ? "a split or a rule" : served.Default ?? "nothing")}";
        await steps.NoteRefusalAsync(contract, proposal, [$"{contract.Terms.FlagKey} was read back: {found}, and {arm} is demanded for everyone"], cancellationToken).ConfigureAwait(false);
        if (served is null) throw new StepRefusedException([$"the flag {contract.Terms.FlagKey} is gone"]);
        await PutAsync(contract.Id, before => before with { SettledVersion = null, EndingVersion = served.Version }, cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> PutAsync(string id, Func<Experiment, Experiment> change, CancellationToken cancellationToken) => services.Store.WriteAsync(
        transaction =>
        {
            services.Put(transaction, id, change);
            return true;
        },
        cancellationToken);
}
