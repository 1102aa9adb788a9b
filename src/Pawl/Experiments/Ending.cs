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
        if (verdict is Verdict.Promote && served.Version != experiment.SettledVersion && served.MadeFor != contract.Hash) throw ExperimentSteps.NotOver(contract, served.Version);
        await PutAsync(experiment with { SettledVersion = null, EndingVersion = served.Version }, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Of an experiment that has a verdict and no end yet: what is decided, what is served so far, and what is left to do. Empty of any other.</summary>
    public async Task<string> LeftAsync(string id, CancellationToken cancellationToken)
    {
        if (services.Experiments.Read(view => view.Find(id)) is not { EndedAt: null, Verdict: { } verdict } experiment) return "";
        List<string> left = [.. verdict.Tools.Where(tool => tool switch
        {
            "StopRun" => experiment is { RunId: not null, StoppedAt: null },
            "OpenTicket" => experiment.Ticket is null,
            _ => experiment.SettledVersion is null,
        })];
        return $"{id}: {verdict.State} is decided, {await ServedAsync(experiment.Contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false)}; what is left: {(left.Count > 0 ? string.Join(", ", left) : "reading the flag back")}. ";
    }

    private async Task<string> ServedAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await services.Flags.ReadAsync(key, cancellationToken).ConfigureAwait(false) switch
            {
                null => $"there is no flag {key}",
                { HasRules: true } => "the flag still serves a split or a rule",
                { Default: { } variant } => $"the flag serves {variant} to everyone",
                _ => "the flag serves nobody anything",
            };
        }
        catch (UnavailableException)
        {
            return "what the flag serves cannot be read";
        }
    }

    private Task<bool> PutAsync(Experiment next, CancellationToken cancellationToken) => services.Store.WriteAsync(
        transaction => services.Experiments.TryPut(transaction, next with { Version = next.Version + 1 }) ? true : throw new ExperimentMovedException(next.Id),
        cancellationToken);
}
