using System.Security.Cryptography;
using System.Text;
using Pawl.Ledger;
using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>Makes a look: asks the sources, judges by the contract's rule, and puts the look, its receipt and the experiment's progress on record in one transaction.</summary>
internal sealed class LookMaker(ExperimentServices services)
{
    /// <summary>Makes one. Two that make the same look at the same time measure twice and record once.</summary>
    /// <returns>The look and the experiment after it.</returns>
    /// <exception cref="ExperimentMovedException">Somebody else made it.</exception>
    public async Task<(Experiment Experiment, LookReport Look)> MakeAsync(Experiment experiment, ToolProposal proposal, CancellationToken cancellationToken)
    {
        var (now, contract) = (services.Now, experiment.Contract);
        var moment = new LookMoment(now, now.AddHours(-contract.Request.Schedule.LagHours), (now - experiment.StartedAt!.Value).TotalHours, LookSchedule.MayDecide(experiment, now));
        var queries = new LookQueries(contract, services.Metrics, experiment.StartedAt.Value, moment.Watermark, moment.MayDecide);
        var answers = new Dictionary<QueryKey, MetricResult>();
        List<string> faults = [.. queries.Faults(services.Metrics)];
        foreach (var (key, query) in queries.All)
        {
            if (!services.Sources.TryGetValue(query.Metric.Source, out var source)) faults.Add($"{key.Metric} has no source {query.Metric.Source} any more");
            else answers[key] = await source.MeasureAsync(query, cancellationToken).ConfigureAwait(false);
        }

        var reader = new LookReader(experiment, moment, answers, faults);
        var judged = VerdictRule.Judge(contract, reader.Look);
        var served = judged.IsTerminal ? await services.Flags.ReadAsync(contract.Terms.FlagKey, cancellationToken).ConfigureAwait(false) : null;
        var verdict = Held(experiment, reader.Look, judged, served);
        var restated = await new Restatement(services).FindAsync(experiment, moment, queries, cancellationToken).ConfigureAwait(false);
        var report = new LookReporter(experiment, reader, answers).Report(moment, verdict, restated);
        var next = After(experiment, reader, moment, verdict, served?.Version ?? 0);
        await services.Store.WriteAsync(transaction => Record(transaction, experiment, next, report, proposal), cancellationToken).ConfigureAwait(false);
        return (next, report);
    }

    // A verdict to promote waits until the policy lets something be promoted, and where somebody changed the flag by hand it waits for a person or the end; guardrails go on meanwhile.
    private Verdict Held(Experiment experiment, Look look, Verdict verdict, ServedState? served)
    {
        if (verdict is not Verdict.Promote promote) return verdict;
        var (request, byHand) = (experiment.Contract.Request, experiment.ByHand(served));
        List<VerdictReason> reasons = [.. services.Policy.Held(services.Now).Select(finding => new VerdictReason(VerdictCode.Blackout, $"{finding.Text} ({finding.Clause})", promote.Arm))];
        if (byHand is not null) reasons.Insert(0, new VerdictReason(VerdictCode.FlagMoved, byHand, promote.Arm));
        if (reasons.Count == 0) return verdict;
        reasons.AddRange(promote.Reasons);
        // A blackout passes; a flag that somebody moved does not come back by itself.
        return byHand is not null && look.ElapsedHours >= request.MaxDurationDays * 24
            ? new Verdict.Inconclusive([new VerdictReason(VerdictCode.MaxDuration, $"the longest duration of {VerdictRule.Shown(request.MaxDurationDays)} days is over"), .. reasons])
            : new Verdict.Running(reasons, Awaiting: experiment.Contract.Terms.Approval == PromotedBy.Human ? look.Latch?.Arm : null);
    }

    private Experiment After(Experiment before, LookReader reader, LookMoment moment, Verdict verdict, long flagVersion)
    {
        var isMeasured = !MeasurementFaults.Of(before.Contract, reader.Look).Any();
        var next = before with
        {
            Version = before.Version + 1,
            Looks = before.Looks + 1,
            LastLookAt = moment.At,
            // A look that could not decide although it might is made good at the next one.
            LastVerdictLookAt = moment.MayDecide && isMeasured ? moment.At : before.LastVerdictLookAt,
            UnmeasuredSince = isMeasured ? null : before.UnmeasuredSince ?? moment.At,
            Beyond = reader.Beyond,
            Information = reader.Information,
            ReadyLooks = before.ReadyLooks + (reader.IsReady ? 1 : 0),
        };
        return verdict switch
        {
            Verdict.Running { Awaiting: { } arm } when before.Approval is null => next with { Approval = new ApprovalState(arm, moment.At) },
            // What the rule has decided it need not decide again when nothing holds it any more: guardrails and a broken split still cancel it.
            Verdict.Running { Undecided: [{ Code: VerdictCode.Blackout, Arm: { } arm }, ..] } when before.Approval is null => next with { Approval = new ApprovalState(arm, moment.At, VerdictRule.Version, moment.At) },
            Verdict.Running { WidenTo: { } step } => next with { WidenTo = step },
            Verdict.Running => next,
            _ => next with { Verdict = verdict, EndingVersion = flagVersion, WidenTo = null },
        };
    }

    private Receipt Record(ITransaction transaction, Experiment before, Experiment next, LookReport report, ToolProposal proposal)
    {
        if (services.Experiments.View(transaction).Find(before.Id)?.Version != before.Version || !services.Experiments.TryPut(transaction, next)) throw new ExperimentMovedException(before.Id);
        services.Experiments.Add(transaction, before.Id, report);
        var reference = $"MET-{before.RunId}-{report.Number}";
        return services.Ledger.Append(transaction, new ReceiptDraft
        {
            Tool = proposal.Name,
            Ref = reference,
            Key = proposal.IdempotencyKey,
            Args = proposal.Args,
            Actor = services.Actor,
            Subject = "experiment:" + before.Id,
            Contract = before.Contract.Hash,
            Message = ShortText.Start($"Look {report.Number}: {report.Verdict.State}; {string.Join("; ", report.Verdict.Reasons.Select(reason => reason.Text))}.", Limits.ReceiptMessageCharacters),
            Data = Json.Object(to =>
            {
                to.WriteNumber("look", report.Number);
                to.WriteString("report", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ExperimentJson.Look(report)))));
                to.WritePropertyName("verdict");
                VerdictJson.Write(to, report.Verdict);
            }),
        }) switch
        {
            AppendOutcome.Appended appended => appended.Receipt,
            _ => throw new ExperimentMovedException(before.Id), // the look of this number has its receipt
        };
    }
}

/// <summary>Somebody else carried the experiment on meanwhile. What was about to be recorded was not; read it again.</summary>
internal sealed class ExperimentMovedException(string experiment) : Exception($"{experiment} was carried on by somebody else.");
