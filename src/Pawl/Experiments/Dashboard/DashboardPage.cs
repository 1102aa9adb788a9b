using Pawl.Ledger;
namespace Pawl.Experiments.Dashboard;
internal static class DashboardPage { public static Snapshot Render(Experiment e, IReadOnlyList<LookReport> looks, IReadOnlyList<Receipt> receipts) { var html = $"<p>{e.Id} {looks.Count} {receipts.Count} {e.Version}</p>"; return new Snapshot(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(html))), html, "{}"); } }
