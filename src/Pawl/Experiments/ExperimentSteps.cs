using System.Globalization;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>
/// The ten tools: each does its step once, with its receipt, after its preconditions were checked against what is so now. Whatever is refused leaves a
/// receipt that says so, and nothing else.
/// </summary>
internal sealed class ExperimentSteps(ExperimentServices services)
{
    /// <summary>What is so now.</summary>
    public async Task<ExperimentState> StateAsync(Contract contract, CancellationToken cancellationToken)
    {
        var served = await services.Flags.ReadAsync(contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false);
        var (experiment, active) = Read(contract);
        var now = services.Now;
        var receipts = services.Receipts.Read(view => view.List(new LedgerQuery(Contract: contract.Hash, Limit: Limits.ExperimentPlanReceipts)));
        return new ExperimentState
        {
            Policy = services.Policy.Judge(contract.Request, now, active),
            RunningExperiments = active,
            IsRegistered = experiment is not null,
            FlagVersion = experiment?.EndingVersion ?? served?.Version ?? 0,
            IsFlagTheSame = served is not null && IsTheSame(served, contract),
            RunId = experiment?.RunId,
            IsRunning = experiment is { RunId: not null, StoppedAt: null },
            IsAllocated = experiment is { AllocatedAt: not null, WidenTo: null },
            RampStep = experiment?.WidenTo ?? experiment?.RampStep ?? 0,
            NextLook = ((experiment?.Looks ?? 0) + 1, experiment is { AllocatedAt: not null, Verdict: null } && now >= LookSchedule.Next(experiment)),
            IsWindowClosed = experiment is { StartedAt: { } start } && now.AddHours(-contract.Request.Schedule.LagHours) > start,
            Recorded = experiment?.Verdict,
            IsSettled = experiment is not null && (experiment.SettledVersion is not null || (experiment.Verdict is not null && IsUntouched(experiment, served))),
            HasTicket = experiment?.Ticket is not null,
            HasSnapshot = experiment?.Snapshot is not null,
            ApprovedBy = experiment?.Approval?.ApprovedBy,
            Receipts = [.. receipts.Select(receipt => receipt.Ref)],
        };
    }

    /// <summary>Does one step, or throws what it is refused with.</summary>
    /// <exception cref="StepRefusedException">A precondition does not hold, or the flag refuses; the receipt of the refusal stands.</exception>
    /// <exception cref="ExperimentMovedException">Somebody else carried the experiment on.</exception>
    public async Task DoAsync(Contract contract, ToolProposal proposal, CancellationToken cancellationToken)
    {
        var state = await StateAsync(contract, cancellationToken).ConfigureAwait(false);
        if (PlanVerifier.Faults(contract, state, proposal) is { Count: > 0 } faults) await RefuseAsync(contract, proposal, faults, cancellationToken).ConfigureAwait(false);
        var experiment = Read(contract).Experiment;
        switch (proposal.Name)
        {
            case "RegisterExperiment":
                await RegisterAsync(contract, proposal, cancellationToken).ConfigureAwait(false);
                break;
            case "StartRun":
                await PutAsync(contract, proposal, state.RunId ?? "RUN-" + contract.Hash[..8], $"The run of {contract.Id} is started.",
                    (before, at) => Begun(before) with { RunId = "RUN-" + contract.Hash[..8], StartedAt = at }, cancellationToken).ConfigureAwait(false);
                break;
            case "StopRun":
                await PutAsync(contract, proposal, "STOP-" + experiment!.RunId, $"The run is stopped: {proposal.Args.GetProperty("reason").GetString()}.",
                    (before, at) => before with { StoppedAt = at }, cancellationToken).ConfigureAwait(false);
                break;
            case "CreateFlag" or "AllocateTraffic" or "PromoteVariant" or "RollbackVariant":
                await ChangeFlagAsync(contract, experiment!, proposal, cancellationToken).ConfigureAwait(false);
                break;
            case "SnapshotDashboard":
                await SnapshotAsync(experiment!, proposal, cancellationToken).ConfigureAwait(false);
                break;
            case "OpenTicket":
                await new TicketStep(services).DoAsync(experiment!, proposal, cancellationToken).ConfigureAwait(false);
                break;
            case "CheckMetrics":
                throw new ExperimentMovedException(contract.Id); // somebody else did what was planned before this look
            default:
                throw new InvalidOperationException($"{proposal.Name} is no step by itself.");
        }
    }

    /// <summary>Puts on record that something was not done, and why.</summary>
    public Task NoteRefusalAsync(Contract contract, ToolProposal proposal, IReadOnlyList<string> reasons, CancellationToken cancellationToken) => services.Store.WriteAsync(
        transaction => services.Ledger.Append(transaction, Refusal(contract, proposal, reasons)), cancellationToken);

    private async Task RefuseAsync(Contract contract, ToolProposal proposal, IReadOnlyList<string> reasons, CancellationToken cancellationToken)
    {
        await services.Store.WriteAsync(
            transaction => services.Ledger.Earlier(transaction, proposal.IdempotencyKey, proposal.Args) is null
                ? services.Ledger.Append(transaction, Refusal(contract, proposal, reasons))
                : throw new ExperimentMovedException(contract.Id), // it was done meanwhile, which is why it cannot be done
            cancellationToken).ConfigureAwait(false);
        throw new StepRefusedException(reasons);
    }

    private ReceiptDraft Refusal(Contract contract, ToolProposal proposal, IReadOnlyList<string> reasons) =>
        Draft(contract, proposal, $"REFUSED-{contract.Id}", string.Join("; ", reasons)) with { Ok = false };

    private async Task RegisterAsync(Contract contract, ToolProposal proposal, CancellationToken cancellationToken)
    {
        // Asked before: what is registered and cannot go on would stand in the way of others.
        if (await services.Flags.ReadAsync(contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false) is { } served
            && (served.HasRules || !IsTheSame(served, contract) || served.Variants.Count > contract.Request.Arms.Count))
        {
            await RefuseAsync(contract, proposal, [$"there is a flag {contract.Terms.FlagKey} already, at version {served.Version}, that is not what the experiment would make: other variants or values, or something else than the control for everyone. "
                + "Bring it to that first, or give the experiment another slug"], cancellationToken).ConfigureAwait(false);
        }

        var refusal = await services.Store.WriteAsync(
            transaction =>
            {
                var view = services.Experiments.View(transaction);
                // Counted where nobody else can start one meanwhile.
                var judged = services.Policy.Judge(contract.Request, services.Now, view.Active);
                if (view.Active >= contract.Request.MaxConcurrent || !judged.IsAllowed) return $"{view.Active} experiments are running, and no more may";
                var registered = services.Ledger.Append(transaction, Draft(contract, proposal, contract.Id, $"{contract.Id} is registered: {contract.Terms.FlagKey}, decided on {contract.Request.PrimaryMetric} by {contract.Terms.Rule}.") with
                {
                    Data = contract.Document,
                });
                if (registered is not AppendOutcome.Appended { Receipt.At: var at }) throw new ExperimentMovedException(contract.Id);
                if (!services.Experiments.TryPut(transaction, new Experiment { Contract = contract, Version = 1, RegisteredAt = at, RegisteredBy = services.Actor })) throw new ExperimentMovedException(contract.Id);
                return null;
            },
            cancellationToken).ConfigureAwait(false);
        if (refusal is not null) await RefuseAsync(contract, proposal, [refusal], cancellationToken).ConfigureAwait(false);
    }

    // A step that is the database's alone: progress and receipt in one transaction, and at one time.
    private Task PutAsync(Contract contract, ToolProposal proposal, string reference, string message, Func<Experiment, DateTimeOffset, Experiment> change, CancellationToken cancellationToken, Action<ITransaction>? also = null) =>
        services.Store.WriteAsync(
            transaction =>
            {
                switch (services.Ledger.Earlier(transaction, proposal.IdempotencyKey, proposal.Args))
                {
                    case AppendOutcome.Repeated repeated: return repeated.Receipt;
                    case not null: throw new ExperimentMovedException(contract.Id); // somebody else did it, for another reason
                }

                also?.Invoke(transaction);
                var receipt = ((AppendOutcome.Appended)services.Ledger.Append(transaction, Draft(contract, proposal, reference, message))).Receipt;
                services.Put(transaction, contract.Id, before => change(before, receipt.At));
                return receipt;
            },
            cancellationToken);

    private async Task ChangeFlagAsync(Contract contract, Experiment experiment, ToolProposal proposal, CancellationToken cancellationToken)
    {
        var served = await services.Flags.ReadAsync(contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false);
        var ends = proposal.Name is "PromoteVariant" or "RollbackVariant";
        var step = new FlagStep
        {
            Kind = proposal.Name switch { "CreateFlag" => FlagStepKind.Create, "AllocateTraffic" => FlagStepKind.Allocate, "PromoteVariant" => FlagStepKind.Promote, _ => FlagStepKind.RollBack },
            Contract = contract,
            ExpectedVersion = ends ? experiment.EndingVersion ?? 0 : experiment.ByHand(served) is null ? served?.Version ?? 0 : experiment.FlagVersion!.Value,
            Key = proposal.IdempotencyKey,
            Args = proposal.Args,
            Coverage = proposal.Name == "AllocateTraffic" ? proposal.Args.GetProperty("coverage").GetDouble() : 100,
            Arm = proposal.Name == "PromoteVariant" ? proposal.Args.GetProperty("variant").GetString()! : ExperimentRequest.ControlName,
            Actor = services.Actor,
            Why = experiment.Verdict is { } verdict ? $"{contract.Id}: {verdict.State}" : contract.Id,
        };
        switch (await services.Flags.ApplyAsync(step, (transaction, receipt) => Settle(transaction, contract, step, receipt), cancellationToken).ConfigureAwait(false))
        {
            case FlagStepOutcome.Done:
                return;
            case FlagStepOutcome.Conflict(var version):
                await MoveOnAsync(contract, proposal, version, ends, cancellationToken).ConfigureAwait(false);
                throw new ExperimentMovedException(contract.Id);
            case FlagStepOutcome.Refused(var reason):
                await RefuseAsync(contract, proposal, [reason], cancellationToken).ConfigureAwait(false);
                return;
        }
    }

    // Somebody changed the flag by hand. Taking back is meant for whatever stands there now, as another act with another key; nothing is promoted over a person's change.
    private async Task MoveOnAsync(Contract contract, ToolProposal proposal, long version, bool ends, CancellationToken cancellationToken)
    {
        await NoteRefusalAsync(contract, proposal, [$"the flag is at version {version}: somebody changed it"], cancellationToken).ConfigureAwait(false);
        if (!ends) return;
        if (version == 0) throw new StepRefusedException([$"the flag {contract.Terms.FlagKey} is gone"]);
        if (proposal.Name == "PromoteVariant") throw NotOver(contract, version);
        await services.Store.WriteAsync(
            transaction =>
            {
                services.Put(transaction, contract.Id, before => before with { EndingVersion = version });
                return version;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The refusal to promote over a change by hand.</summary>
    internal static StepRefusedException NotOver(Contract contract, long version) =>
        new([string.Create(CultureInfo.InvariantCulture, $"the flag {contract.Terms.FlagKey} was changed by hand, to version {version}, and nothing is promoted over that: end it with `pawl experiment stop {contract.Id}` or `pawl experiment rollback {contract.Id}`")]);

    private void Settle(ITransaction transaction, Contract contract, FlagStep step, Receipt receipt)
    {
        switch (step.Kind)
        {
            case FlagStepKind.Allocate:
                services.Put(transaction, contract.Id, before => before.AllocatedAt is not null && before.WidenTo is null ? before : Begun(before) with
                {
                    AllocatedAt = receipt.At,
                    FlagVersion = VersionAfter(receipt),
                    RampStep = before.WidenTo ?? before.RampStep,
                    WidenTo = null,
                    ReadyLooks = before.WidenTo is null ? before.ReadyLooks : 0,
                });
                break;
            case FlagStepKind.Promote or FlagStepKind.RollBack:
                // Between the verdict and this step a person may have said the opposite.
                services.Put(transaction, contract.Id, before => (before.Verdict as Verdict.Promote)?.Arm == (step.Kind == FlagStepKind.Promote ? step.Arm : null)
                    ? before with { SettledVersion = step.ExpectedVersion + 1 }
                    : throw new ExperimentMovedException(contract.Id));
                break;
        }
    }

    // Not one more than the step expected: where a crash came between the flag and its receipt, the step found the flag as it had made it.
    private static long VersionAfter(Receipt receipt) => Json.Parse(receipt.Data!).GetProperty("to_version").GetInt64();

    private Task SnapshotAsync(Experiment experiment, ToolProposal proposal, CancellationToken cancellationToken)
    {
        var looks = services.Experiments.Read(view => view.Looks(experiment.Id));
        var receipts = services.Receipts.Read(view => view.List(new LedgerQuery(Contract: experiment.Contract.Hash, Limit: Limits.ExperimentPageReceipts)));
        var snapshot = Dashboard.DashboardPage.Render(experiment, looks, [.. receipts.OrderBy(receipt => receipt.Seq)]);
        return PutAsync(
            experiment.Contract, proposal, "DASH-" + snapshot.Digest[..12], $"The dashboard as of look {experiment.Looks}, sha256 {snapshot.Digest}.",
            (before, _) => before.Verdict is null ? before : before with { Snapshot = snapshot.Digest }, cancellationToken, transaction => services.Experiments.Add(transaction, snapshot));
    }

    private (Experiment? Experiment, int Active) Read(Contract contract) => services.Experiments.Read(view => view.Find(contract.Id) is var experiment
        ? (experiment, view.Active - (experiment is { IsActive: true } ? 1 : 0))
        : default);

    // What was stopped meanwhile is not begun or widened any more.
    private static Experiment Begun(Experiment before) => before.Verdict is null ? before : throw new ExperimentMovedException(before.Id);

    /// <summary>Whether an experiment never served anything by this flag, so that there is nothing to take back: it is gone, somebody else's, or the control's.</summary>
    internal static bool IsUntouched(Experiment experiment, ServedState? served) =>
        experiment.AllocatedAt is null && (served is null || !IsTheSame(served, experiment.Contract) || served.IsEveryones(ExperimentRequest.ControlName));

    private static bool IsTheSame(ServedState served, Contract contract) => served.Default == ExperimentRequest.ControlName
        && served.Variants.Count >= contract.Request.Arms.Count
        && contract.Request.Arms.All(arm => served.Variants.GetValueOrDefault(arm.Name) == CanonicalJson.Digest(arm.Value));

    internal ReceiptDraft Draft(Contract contract, ToolProposal proposal, string reference, string message) => new()
    {
        Tool = proposal.Name,
        Ref = reference,
        Key = proposal.IdempotencyKey,
        Args = proposal.Args,
        Actor = services.Actor,
        Subject = "experiment:" + contract.Id,
        Contract = contract.Hash,
        Message = ShortText.Start(message, Limits.ReceiptMessageCharacters),
    };
}

/// <summary>A step was refused, and the receipt of the refusal stands.</summary>
internal sealed class StepRefusedException(IReadOnlyList<string> reasons) : Exception(string.Join("; ", reasons))
{
    public IReadOnlyList<string> Reasons => reasons;
}
