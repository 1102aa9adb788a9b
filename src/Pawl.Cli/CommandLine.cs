using System.CommandLine;
using System.CommandLine.Help;
using Pawl.Cli.Changes;
using Pawl.Cli.Demo;
using Pawl.Cli.Experiments;
using Pawl.Cli.Flags;
using Pawl.Cli.Golden;
using Pawl.Cli.Insights;
using Pawl.Cli.Ledger;
using Pawl.Cli.Metrics;
using Pawl.Cli.Runs;

namespace Pawl.Cli;

/// <summary>The tree of commands.</summary>
internal static class CommandLine
{
    public static Command Root(CommandContext context)
    {
        var root = new Command("pawl", "Pawl: the control plane for changes that AI agents make.")
        {
            DemoCommand.Create(context),
            new Command("run", "Record, import and read agents' runs.")
            {
                RunRecordCommand.Create(context),
                RunImportCommand.Create(context),
                RunListCommand.Create(context),
                RunShowCommand.Create(context),
                RunSummaryCommand.Create(context),
                RunCompareCommand.Create(context),
                RunExportCommand.Create(context),
                RunTailCommand.Create(context),
            },
            new Command("insights", "What the recorded runs teach.")
            {
                InsightsFailuresCommand.Create(context),
                InsightsPatternsCommand.Create(context),
                InsightsNodesCommand.Create(context),
                InsightsCompareCommand.Create(context),
                InsightsSuggestCommand.Create(context),
            },
            new Command("ledger", "What was done, provably: receipts in an append-only Merkle tree.")
            {
                LedgerListCommand.Create(context),
                LedgerShowCommand.Create(context),
                LedgerVerifyCommand.Create(context),
                LedgerProveCommand.Create(context),
                LedgerExportCommand.Create(context),
            },
            new Command("flag", "What is live: flags, who gets what, and how it came to be.")
            {
                FlagListCommand.Create(context),
                FlagShowCommand.Create(context),
                FlagCreateCommand.Create(context),
                FlagSetCommand.Create(context),
                FlagRollbackCommand.Create(context),
                FlagHistoryCommand.Create(context),
                FlagEvaluateCommand.Create(context),
                FlagExportCommand.Create(context),
                FlagImportCommand.Create(context),
            },
            new Command("experiment", "Experiments as contracts: planned, started, judged, promoted or rolled back; and what data of other experiments say.")
            {
                ExperimentPlanCommand.Create(context),
                ExperimentStartCommand.Create(context),
                ExperimentCheckCommand.Create(context),
                ExperimentWatchCommand.Create(context),
                ExperimentListCommand.Create(context),
                ExperimentShowCommand.Create(context),
                ExperimentWordCommand.Approve(context),
                ExperimentWordCommand.Stop(context),
                ExperimentWordCommand.Promote(context),
                ExperimentWordCommand.RollBack(context),
                ExperimentSimulateCommand.Create(context),
                ExperimentAnalyzeCommand.Create(context),
                ExperimentReplayCommand.Create(context),
            },
            new Command("metrics", "What experiments are judged by: where the numbers come from, and whether they can be had.")
            {
                MetricsCheckCommand.Create(context),
                MetricsIngestCommand.Create(context),
            },
            new Command("golden", "Whole experiments as they must go, replayed on a virtual clock.")
            {
                GoldenRunCommand.Create(context),
            },
            IssueToPrCommand.Create(context),
            SelfHealCommand.Create(context),
            new Command("gate", "What a change must pass.")
            {
                GateRunCommand.Create(context),
                GateInitCommand.Create(context),
            },
            DoctorCommand.Create(context),
        };
        root.Options.Add(new HelpOption());
        root.Options.Add(new VersionOption());
        context.AddGlobalOptions(root);
        return root;
    }
}
