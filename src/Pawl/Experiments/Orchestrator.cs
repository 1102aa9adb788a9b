namespace Pawl.Experiments;

/// <summary>
/// Carries experiments from a request to a verdict that is carried out. Every step is on record before it is reported and can be killed at any point:
/// whoever calls <see cref="AdvanceAsync"/> next continues where it stopped, and nothing is done twice. Several processes may carry on the same experiment.
/// </summary>
/// <param name="services">What it works with.</param>
public sealed class Orchestrator(ExperimentServices services)
{
    // Each time somebody else moves the experiment it is read again; more often than this, something is wrong.
    private const int Tries = 100;

    // A flag that reads back otherwise is set again at once, in case somebody changed it just then; after that at the next turn.
    private const int Mismatches = 3;

    private readonly ExperimentSteps _steps = new(services);
    private readonly LookMaker _looks = new(services);
    private readonly Ending _ending = new(services, new ExperimentSteps(services));
    private readonly OrchestratorJournal _journal = new(services.Journal);

    /// <summary>Says what would be registered and done, and does nothing.</summary>
    /// <param name="request">The request, YAML or JSON.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">It is no request.</exception>
    public async Task<StartOutcome> PlanAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        await ExpectStoreAsync(cancellationToken).ConfigureAwait(false);
        var (contract, refused) = await DrawUpAsync(request, wasAsked: false, cancellationToken).ConfigureAwait(false);
        return contract is null ? refused! : new StartOutcome.Planned(contract, await AnswerAsync(contract, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Registers an experiment and starts it: flag, run, traffic. One that runs already is carried on.</summary>
    /// <param name="request">The request, YAML or JSON.</param>
    /// <param name="asked">What to call the request where it has to be asked for what is missing; a second incomplete request of that name is refused. Null: it has no name, and is asked each time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">It is no request, or is incomplete although it was asked before.</exception>
    public async Task<StartOutcome> StartAsync(ReadOnlyMemory<byte> request, string? asked, CancellationToken cancellationToken = default)
    {
        var questions = asked is null ? null : new RequestQuestions(services, asked);
        await ExpectStoreAsync(cancellationToken).ConfigureAwait(false);
        var (contract, outcome) = await DrawUpAsync(request, questions?.WasAsked ?? false, cancellationToken).ConfigureAwait(false);
        if (questions is not null && outcome is StartOutcome.NeedsInput(var missing)) await questions.AskAsync(missing, cancellationToken).ConfigureAwait(false);
        if (outcome is StartOutcome.Refused(var reasons)) await RequestQuestions.RefuseAsync(services, request, reasons, cancellationToken).ConfigureAwait(false);
        if (contract is null) return outcome!;
        for (var i = 0; i < Tries; i++)
        {
            try
            {
                if (Find(contract.Id) is { } there && (there.Contract.Hash != contract.Hash || there.EndedAt is not null))
                {
                    await RequestQuestions.RefuseAsync(services, request, [Again(there)], cancellationToken).ConfigureAwait(false);
                    return new StartOutcome.Refused([Again(there)]);
                }

                var answer = await BeginAsync(contract, cancellationToken).ConfigureAwait(false);
                return new StartOutcome.Started(Find(contract.Id)!, answer);
            }
            catch (ExperimentMovedException)
            {
                // Somebody else begins it at the same time: what is left is done.
            }
            catch (StepRefusedException e)
            {
                return new StartOutcome.Refused(e.Reasons);
            }
        }

        throw MovedTooOften(contract.Id);
    }

    /// <summary>Does whatever is due: what is left of the beginning, one look, a step of the ramp, what a verdict demands.</summary>
    /// <exception cref="BadInputException">There is no such experiment.</exception>
    /// <exception cref="UnavailableException">The flag or the desk refuses a step that the verdict demands, or is not there; the experiment is not reported as ended. Try again.</exception>
    public async Task<AdvanceOutcome> AdvanceAsync(string id, CancellationToken cancellationToken = default)
    {
        LookReport? look = null;
        var mismatches = 0;
        for (var i = 0; i < Tries; i++)
        {
            var experiment = Find(id) ?? throw new BadInputException($"There is no experiment {id}. `pawl experiment list` shows those there are.");
            try
            {
                var byHand = experiment is { WidenTo: not null, AllocatedAt: not null, Verdict: null } ? await ByHandAsync(experiment, cancellationToken).ConfigureAwait(false) : null;
                switch (experiment)
                {
                    case { EndedAt: not null }:
                        return new AdvanceOutcome.Ended(experiment, look);
                    case { Verdict: { } verdict }:
                        if (!await EndAsync(experiment, verdict, cancellationToken).ConfigureAwait(false) && ++mismatches == Mismatches)
                            throw new UnavailableException($"The flag of {id} was set and does not serve what it was set to, {Mismatches} times; its receipts say so. {id} is not reported as ended: find out who changes the flag, then try again.");
                        continue;
                    case { AllocatedAt: null } when services.Policy.Held(services.Now) is [var held, ..]:
                        return new AdvanceOutcome.Waiting(experiment, services.Now.AddHours(experiment.Contract.Request.Schedule.GuardrailHours), look, held.Text);
                    case { AllocatedAt: null }:
                        await BeginAsync(experiment.Contract, cancellationToken).ConfigureAwait(false);
                        continue;
                    case { WidenTo: { } step } when byHand is null && services.Policy.Held(services.Now).Count == 0:
                        await _journal.DecideAsync(experiment, "widen", ["widen", "stay"], "widen", $"step {step + 1} of {experiment.Contract.Request.Ramp.Count}").ConfigureAwait(false);
                        await DoPlannedAsync(experiment.Contract, cancellationToken).ConfigureAwait(false);
                        continue;
                }

                if (Waits(experiment, look, byHand) is { } waiting) return waiting;
                look = await LookAsync(experiment, cancellationToken).ConfigureAwait(false);
            }
            catch (ExperimentMovedException)
            {
                // Read it again.
            }
            catch (StepRefusedException) when (Find(id)?.Version != experiment.Version)
            {
                // What was planned does not fit any more, because somebody has spoken meanwhile; or it will be refused again.
            }
            catch (StepRefusedException e)
            {
                throw new UnavailableException($"{await _ending.LeftAsync(id, cancellationToken).ConfigureAwait(false)}{id} cannot be carried on: {e.Message}. Its receipts say so; put that right, then try again.", e);
            }
            catch (UnavailableException e) when (Find(id) is { Verdict: not null, EndedAt: null })
            {
                throw new UnavailableException(await _ending.LeftAsync(id, cancellationToken).ConfigureAwait(false) + e.Message, e);
            }
        }

        throw MovedTooOften(id);
    }

    /// <summary>A person approves the promotion that waits.</summary>
    public Task<WordOutcome> ApproveAsync(string id, CancellationToken cancellationToken = default) => SpeakAsync(id, "Approve", "APPR", experiment =>
    {
        if (experiment.Verdict is not null || experiment.Approval is not { } approval) return (null, $"No promotion of {id} waits for a person. `pawl experiment show {id}` says what it waits for.");
        if (approval.ApprovedBy is { } by) return (null, $"{by} has approved it already.");
        var judged = services.Policy.JudgePromotion(experiment.Contract.Request.Domain, services.Actor, services.Now);
        if (services.Actor.StartsWith("agent:", StringComparison.Ordinal)) return (null, $"{services.Actor} is no person, and a person has to approve.");
        if (!judged.IsAllowed) return (null, string.Join("; ", judged.Violations.Select(finding => $"{finding.Text} ({finding.Clause})")));
        return (experiment with { Approval = approval with { ApprovedBy = services.Actor, ApprovedAt = services.Now } }, $"{services.Actor} approved the promotion of {approval.Arm}.");
    }, cancellationToken);

    /// <summary>A person stops it: everyone gets the control, and nothing is concluded. A promotion that is decided and not yet done is not done, or taken back.</summary>
    public async Task<WordOutcome> StopAsync(string id, string why, CancellationToken cancellationToken = default)
    {
        var version = await FlagVersionAsync(id, cancellationToken).ConfigureAwait(false);
        return await SpeakAsync(id, "Stop", "HALT", experiment => experiment switch
        {
            { Verdict: null } => (experiment with { Verdict = new Verdict.Inconclusive([ByPerson("stopped", why)]), EndingVersion = version, WidenTo = null }, $"{services.Actor} stopped {id}. {why}"),
            { EndedAt: null, Verdict: Verdict.Promote(var arm, _) } => (TakenBack(experiment, "stopped", why, version), $"{services.Actor} stopped {id} in its ending: {arm} is not promoted, it is rolled back. {why}"),
            { Verdict: var verdict } => (null, $"{id} is not running: its verdict is {verdict.State}."),
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A person gives everyone the control back, whether it runs or has ended: always allowed.</summary>
    public async Task<WordOutcome> RollBackAsync(string id, string why, CancellationToken cancellationToken = default)
    {
        var version = await FlagVersionAsync(id, cancellationToken).ConfigureAwait(false);
        return await SpeakAsync(id, "RollBack", "BACK", experiment => Other(experiment.Contract) is { } other
            ? (null, $"{other.Id} runs on the flag {other.Contract.Terms.FlagKey} now. Roll that back: pawl experiment rollback {other.Id}.")
            : (TakenBack(experiment, "rolled back", why, version), $"{services.Actor} rolled {id} back. {why}"), cancellationToken).ConfigureAwait(false);
    }

    // The first experiment of a place makes the database.
    private Task ExpectStoreAsync(CancellationToken cancellationToken) => services.Store.WriteAsync(_ => true, cancellationToken);

    private Experiment? Find(string id) => services.Experiments.Read(view => view.Find(id));

    private async Task<(Contract? Contract, StartOutcome? Outcome)> DrawUpAsync(ReadOnlyMemory<byte> utf8, bool wasAsked, CancellationToken cancellationToken)
    {
        var reading = RequestReader.Read(utf8, services.Known, wasAsked);
        if (reading is RequestReading.NeedsInput(var missing)) return (null, new StartOutcome.NeedsInput(missing));
        var request = ((RequestReading.Complete)reading).Request;
        var measured = request.Baseline is null ? await new BaselineMeasurement(services).MeasureAsync(request, cancellationToken).ConfigureAwait(false) : null;
        if (request.Baseline is null && measured is null) return (null, new StartOutcome.Refused([$"{request.PrimaryMetric} has no baseline to measure: in the {VerdictRule.Shown(request.BaselineDays!.Value)} days before, no unit was shown {ExperimentRequest.ControlName} of the flag {Contract.FlagKeyOf(request)}. Give the numbers in place of baseline_days, such as {MissingField.BaselineExample}."]));
        // An experiment that stands already does not count against itself.
        var running = services.Experiments.Read(view => view.All().Count(other => other.IsActive && other.Contract.Terms.FlagKey != Contract.FlagKeyOf(request)));
        var judged = services.Policy.Judge(request, services.Now, running);
        if (!judged.IsAllowed) return (null, new StartOutcome.Refused([.. judged.Violations.Select(finding => $"{finding.Text} ({finding.Clause})")]));
        var contract = Contract.Create(request, services.Known, judged, measured);
        return OnItsFlag(contract, request);
    }

    // A contract does not move: another request for a flag that an experiment runs on is an edit of that experiment.
    // The same request is that experiment, whatever its baseline would be measured as today.
    private (Contract? Contract, StartOutcome? Outcome) OnItsFlag(Contract contract, ExperimentRequest request)
    {
        var other = services.Experiments.Read(view => view.All().FirstOrDefault(experiment => experiment.IsActive && experiment.Contract.Terms.FlagKey == contract.Terms.FlagKey));
        if (other is null) return (contract, null);
        return ContractEdit.Judge(other.Contract, request) is ContractEdit.Refused refused
            ? (null, new StartOutcome.Refused([$"{other.Id} runs on the flag {contract.Terms.FlagKey}. {refused.Message}"]))
            : (other.Contract, null);
    }

    private Experiment? Other(Contract contract) => services.Experiments.Read(view =>
        view.All().FirstOrDefault(experiment => experiment.IsActive && experiment.Id != contract.Id && experiment.Contract.Terms.FlagKey == contract.Terms.FlagKey));

    private async Task<PlannerAnswer> AnswerAsync(Contract contract, CancellationToken cancellationToken)
    {
        var state = await _steps.StateAsync(contract, cancellationToken).ConfigureAwait(false);
        return await services.Planner.PlanAsync(contract, state, cancellationToken).ConfigureAwait(false);
    }

    // What a planner leaves undone the rule does: a plan chooses among the steps, and cannot leave an experiment half begun.
    private async Task<PlannerAnswer?> BeginAsync(Contract contract, CancellationToken cancellationToken)
    {
        if (!IsBeginning(contract)) return null;
        var answer = await AnswerAsync(contract, cancellationToken).ConfigureAwait(false);
        await _journal.PlannedAsync(contract, answer).ConfigureAwait(false);
        foreach (var note in answer.Notes) await _steps.NoteRefusalAsync(contract, answer.Plan.ToolProposals[0], [note], cancellationToken).ConfigureAwait(false);
        foreach (var proposal in answer.Plan.ToolProposals) await _steps.DoAsync(contract, proposal, cancellationToken).ConfigureAwait(false);
        while (IsBeginning(contract)) await DoPlannedAsync(contract, cancellationToken).ConfigureAwait(false);
        return answer;
    }

    private bool IsBeginning(Contract contract) => Find(contract.Id) is null or { AllocatedAt: null, Verdict: null };

    // By the rule alone: nothing that stops, widens or promotes waits for a model.
    private async Task DoPlannedAsync(Contract contract, CancellationToken cancellationToken)
    {
        var state = await _steps.StateAsync(contract, cancellationToken).ConfigureAwait(false);
        foreach (var proposal in RuleBasedPlanner.Plan(contract, state).ToolProposals) await _steps.DoAsync(contract, proposal, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> ByHandAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        var served = await services.Flags.ReadAsync(experiment.Contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false);
        // Another process may have widened it between the two readings.
        return Find(experiment.Id)?.Version == experiment.Version ? experiment.ByHand(served) : throw new ExperimentMovedException(experiment.Id);
    }

    private AdvanceOutcome.Waiting? Waits(Experiment experiment, LookReport? look, string? byHand)
    {
        var (now, next) = (services.Now, LookSchedule.Next(experiment));
        var last = experiment.LastLookAt ?? experiment.StartedAt!.Value;
        if (now < last) return new AdvanceOutcome.Waiting(experiment, last, look, $"the clock says {now:O}, before the last look at {last:O}: nothing is judged until it has caught up");
        var held = byHand ?? (experiment.WidenTo is not null ? services.Policy.Held(now).Select(finding => finding.Text).FirstOrDefault() : null);
        // One look at a time, even where making it took so long that another is due.
        return now < next || look is not null ? new AdvanceOutcome.Waiting(experiment, next, look, held) : null;
    }

    private async Task<LookReport> LookAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        var state = await _steps.StateAsync(experiment.Contract, cancellationToken).ConfigureAwait(false);
        var proposal = RuleBasedPlanner.Check(experiment.Contract, state);
        if (PlanVerifier.Faults(experiment.Contract, state, proposal) is { Count: > 0 } faults)
        {
            if (Find(experiment.Id)?.Version != experiment.Version) throw new ExperimentMovedException(experiment.Id);
            await _steps.NoteRefusalAsync(experiment.Contract, proposal, faults, cancellationToken).ConfigureAwait(false);
            throw new StepRefusedException(faults);
        }

        var (after, look) = await _looks.MakeAsync(experiment, proposal, cancellationToken).ConfigureAwait(false);
        await _journal.LookedAsync(after, look).ConfigureAwait(false);
        if (look.MayDecide && after.Verdict is null) await _steps.DoAsync(after.Contract, RuleBasedPlanner.Snapshot(after.Contract, await _steps.StateAsync(after.Contract, cancellationToken).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false);
        return look;
    }

    private async Task<bool> EndAsync(Experiment experiment, Verdict verdict, CancellationToken cancellationToken)
    {
        await DoPlannedAsync(experiment.Contract, cancellationToken).ConfigureAwait(false);
        if (!await _ending.ConfirmAsync(experiment.Contract, cancellationToken).ConfigureAwait(false)) return false;
        await _journal.EndedAsync(experiment, verdict).ConfigureAwait(false);
        return true;
    }

    private async Task<long> FlagVersionAsync(string id, CancellationToken cancellationToken) => Find(id) is { } experiment
        ? (await services.Flags.ReadAsync(experiment.Contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false))?.Version ?? 0
        : 0;

    private Task<WordOutcome> SpeakAsync(string id, string tool, string prefix, Func<Experiment, (Experiment? Next, string Text)> word, CancellationToken cancellationToken) =>
        new PersonsWord(services).SpeakAsync(id, tool, prefix, word, cancellationToken);

    private Experiment TakenBack(Experiment experiment, string what, string why, long version) =>
        experiment with { Verdict = new Verdict.Rollback([ByPerson(what, why)]), EndingVersion = version, SettledVersion = null, EndedAt = null, WidenTo = null };

    private VerdictReason ByPerson(string what, string why) => new(VerdictCode.ByPerson, $"{services.Actor} {what} it{(why.Length > 0 ? ": " + why : "")}");

    private static UnavailableException MovedTooOften(string id) => new($"{id} was moved by others {Tries} times while this process tried. Try again.");

    private static string Again(Experiment there) => there.EndedAt is { } at
        ? $"{there.Id} ran under exactly this contract and ended on {at:yyyy-MM-dd} with {there.State}. A result is not tried for again: change what is to be learned, or give the request another slug."
        : $"Another contract has the id {there.Id}. Give the request another slug.";
}
