using System.Security.Cryptography;
using System.Text;
using Pawl.Experiments;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Experiments.Real;

/// <summary>Whether the ledger bears out whatever an experiment that has ended says of itself.</summary>
internal static class Claims
{
    public static void AssertBorneOut(ExperimentServices services, string id)
    {
        var (experiment, looks) = services.Experiments.Read(view => (view.Find(id)!, view.Looks(id)));
        var receipts = services.Receipts.Read(view => view.List(new LedgerQuery(Contract: experiment.Contract.Hash, Limit: Limits.ExperimentPageReceipts)));
        Assert.All(receipts, receipt => Assert.True(receipt.Ok, receipt.Message));
        var registered = Only("RegisterExperiment", id);
        Assert.Equal(experiment.Contract.Hash, registered.DataDigest ?? CanonicalJson.Digest(Json.Parse(registered.Data!)));
        Assert.Equal((experiment.RegisteredAt, experiment.RegisteredBy), (registered.At, registered.Actor));
        Assert.Equal(experiment.StartedAt, Only("StartRun", experiment.RunId!).At);
        Assert.Equal(experiment.StoppedAt, Only("StopRun", $"STOP-{experiment.RunId}").At);
        foreach (var look in looks) AssertBorneOut(look, Only("CheckMetrics", $"MET-{experiment.RunId}-{look.Number}"));
        Assert.Equal(Enumerable.Range(1, experiment.Looks), looks.Select(look => look.Number));
        Assert.Equal(experiment.Looks, receipts.Count(receipt => receipt.Tool == "CheckMetrics"));
        Only(experiment.Verdict is Verdict.Promote ? "PromoteVariant" : "RollbackVariant", $"{(experiment.Verdict is Verdict.Promote(var arm, _) ? "PROM-" + arm : "RB-control")}@{experiment.SettledVersion}");
        Assert.Contains(receipts, receipt => receipt.Ref == "DASH-" + experiment.Snapshot![..12] && receipt.Message.Contains(experiment.Snapshot, StringComparison.Ordinal));
        if (experiment.Ticket is { } ticket) Only("OpenTicket", ticket);
        Assert.Equal(experiment.Ticket is null, experiment.Verdict is Verdict.Promote);
        var verified = LedgerVerifier.Verify(services.Receipts);
        Assert.True(verified.Holds, string.Join("; ", verified.Findings));

        Receipt Only(string tool, string reference) => Assert.Single(receipts, receipt => receipt.Tool == tool && receipt.Ref == reference);
    }

    private static void AssertBorneOut(LookReport look, Receipt receipt)
    {
        var data = Json.Parse(receipt.Data!);
        Assert.Equal(look.At, receipt.At);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ExperimentJson.Look(look)))), data.GetProperty("report").GetString());
        Assert.Equal(look.Verdict.Reasons, VerdictJson.Read(data.GetProperty("verdict")).Reasons);
    }
}
