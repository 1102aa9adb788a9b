namespace Pawl.Flags;

/// <summary>
/// Answers flags from the flag set it holds. Any number of threads may ask while the set is replaced: each evaluation sees one
/// set from beginning to end. It takes no lock, waits for nothing, and allocates nothing unless a unit is newly exposed or
/// assigned, or told by a list or an object.
/// </summary>
public sealed class FlagEvaluator
{
    private FlagSet flags;

    /// <summary>Creates an evaluator with its first flag set.</summary>
    public FlagEvaluator(FlagSet flags)
    {
        ArgumentNullException.ThrowIfNull(flags);
        this.flags = flags;
    }

    /// <summary>The flag set that is answered from.</summary>
    public FlagSet Flags => Volatile.Read(ref flags);

    /// <summary>Answers from another flag set from now on.</summary>
    /// <returns>The set that it replaces.</returns>
    public FlagSet Replace(FlagSet next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Interlocked.Exchange(ref flags, next);
    }

    /// <summary>The value of a flag, and why. A flag that is not there, or cannot be read, is an answer too.</summary>
    public FlagResult Evaluate(string key, EvaluationContext context)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        return Evaluate(key, context, context.Exposures);
    }

    internal FlagResult Evaluate(string key, EvaluationContext context, ExposureTracker? exposures) => new Evaluation(Flags, context, exposures, trace: null).Flag(key);

    /// <summary>Runs an experiment that no flag holds; its prerequisites are flags of the flag set.</summary>
    public ExperimentAssignment Run(FlagExperiment experiment, EvaluationContext context)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(context);
        return new Evaluation(Flags, context, context.Exposures, trace: null).Run(experiment, flag: null);
    }

    /// <summary>
    /// Evaluates a flag and says for every rule why it applied or not. Nothing is reported or assigned by it: exposures and sticky
    /// assignments come from <see cref="Evaluate(string, EvaluationContext)"/> alone.
    /// </summary>
    public FlagExplanation Explain(string key, EvaluationContext context)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        var trace = new Trace();
        var result = new Evaluation(Flags, context.ForExplanation(), exposures: null, trace).Flag(key);
        return trace.Explain(key, result);
    }
}
