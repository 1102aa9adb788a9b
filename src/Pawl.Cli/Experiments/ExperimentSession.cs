using Pawl.Cli.Ledger;
using Pawl.Cli.Models;
using Pawl.Experiments;
using Pawl.Forges;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Cli.Experiments;

/// <summary>What the commands that carry experiments on share: the orchestrator with everything pawl.yaml says, its decisions as a run, and a signed checkpoint at the end.</summary>
internal sealed class ExperimentSession : IAsyncDisposable
{
    private readonly CommandContext _context;
    private readonly LedgerKey _key;
    private readonly RunRecorder _recorder;
    private readonly string _goal;
    private readonly long _before;
    private ActiveRun? _run;

    private ExperimentSession(CommandContext context, Database database, LedgerKey key, string goal)
    {
        (_context, Database, _key, _goal) = (context, database, key, goal);
        _recorder = new RunRecorder(database, database.Runs, log: new StandardErrorLogger<RunRecorder>());
        Services = Compose();
        Orchestrator = new Orchestrator(Services);
        _before = Size();
    }

    /// <summary>The database.</summary>
    public Database Database { get; }

    /// <summary>What the orchestrator works with.</summary>
    public ExperimentServices Services { get; }

    /// <summary>The orchestrator.</summary>
    public Orchestrator Orchestrator { get; }

    /// <summary>Opens one. The key is loaded first: without one that can sign, nothing is changed.</summary>
    /// <param name="context">The options.</param>
    /// <param name="goal">What the orchestrator is to achieve, for its run.</param>
    public static ExperimentSession Open(CommandContext context, string goal)
    {
        var key = LedgerContext.Key(context);
        try
        {
            return new ExperimentSession(context, context.OpenDatabase(), key, goal);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The policy that pawl.yaml names; one that allows everything where it names none.</summary>
    public static Policy Policy(CommandContext context) =>
        context.Part("policy") is { } policy ? PolicyReader.Read(CanonicalJson.Serialize(policy)) : new Policy { Id = "no_policy" };

    /// <summary>Signs what was appended, if anything was.</summary>
    public async Task<SigningReport?> SignAsync(CancellationToken cancellationToken) =>
        Size() > _before ? await LedgerContext.SignAsync(_context, Database, _key, cancellationToken) : null;

    public async ValueTask DisposeAsync()
    {
        if (_run is not null) await _run.EndRunAsync(RunStatus.Completed, _goal, cancellationToken: CancellationToken.None);
        await _recorder.DisposeAsync();
        _key.Dispose();
        await Database.DisposeAsync();
    }

    private ExperimentServices Compose()
    {
        var clock = TimeProvider.System;
        // Without definitions nothing can be started, and what runs can still be stopped and rolled back.
        var metrics = _context.Part("metrics") is null ? null : _context.Metrics();
        var flags = _context.Part("flags") is { } given ? FlagProviderSettings.Read(given, _context.ConfigurationFolder) : FlagProviderSettings.Pawl;
        return new ExperimentServices
        {
            Store = Database,
            Experiments = Database.Experiments,
            Receipts = Database.Ledger,
            Flags = flags.Provider(Database, Database.Flags, new ReceiptLedger(Database.Ledger, clock), clock),
            Metrics = metrics?.Definitions ?? new Dictionary<string, MetricDefinition>(StringComparer.Ordinal),
            Sources = metrics is null ? new Dictionary<string, IMetricSource>(StringComparer.Ordinal) : MetricSources.From(metrics, Database, clock),
            Policy = Policy(_context),
            Planner = Planner(clock),
            Desk = _context.Part("tickets") is { } tickets ? TicketSettings.Read(tickets, Environment.GetEnvironmentVariable, clock) : null,
            Journal = JournalAsync,
            Clock = clock,
            Actor = _context.Actor,
        };
    }

    private IPlanner Planner(TimeProvider clock) =>
        (_context.Part("planner") is { } given ? PlannerSettings.Read(given, Environment.GetEnvironmentVariable) : PlannerSettings.Default) is PlannerSettings.Model model
            ? ModelClients.CreatePlanner(model, clock)
            : new RuleBasedPlanner();

    private async Task<ActiveRun> JournalAsync() => _run ??= await _recorder.StartRunAsync(_goal, new RunDetails { Agent = new AgentIdentity("pawl-orchestrator"), GoalDescription = _goal });

    // A reader that finds no database counts as one with no receipts.
    private long Size()
    {
        try
        {
            return Database.Ledger.Read(view => view.Head().Size);
        }
        catch (UnavailableException)
        {
            return 0;
        }
    }
}
